//! Comma-separated files with a header line.

use ::csv::{ReaderBuilder, StringRecord, Trim};

use super::frame::{Frame, Interner, NO_TEXT, Values};

/// Splits `text` into columns. A line with the wrong number of fields is set aside.
pub(super) fn parse(text: &str) -> Result<Frame, String> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    let mut next = |record: &mut StringRecord| -> Result<bool, String> {
        while reader.read_record(record).map_err(|e| e.to_string())? {
            if !is_blank(record) {
                return Ok(true);
            }
        }
        Ok(false)
    };
    if !next(&mut record)? {
        return Err("it is empty".to_owned());
    }
    let names: Vec<String> = record.iter().map(str::to_owned).collect();
    if names.len() < 2 {
        return Err("its first line is not a header".to_owned());
    }
    let mut frame = Frame::default();
    let mut columns: Vec<(Vec<u32>, Interner)> = names.iter().map(|_| Default::default()).collect();
    while next(&mut record)? {
        let line = line_of(&record, text);
        if record.len() != names.len() {
            let why = format!("it has {} fields, the header has {}", record.len(), names.len());
            frame.broken.push((line, why));
            continue;
        }
        for ((codes, interner), field) in columns.iter_mut().zip(&record) {
            codes.push(if field.is_empty() { NO_TEXT } else { interner.code(field) });
        }
        frame.lines.push(line);
    }
    for (name, (codes, interner)) in names.into_iter().zip(columns) {
        frame.columns.insert(name, Values::Text { codes, values: interner.values });
    }
    Ok(frame)
}

/// Whether a line holds nothing but blanks.
fn is_blank(record: &StringRecord) -> bool {
    record.len() == 1 && record[0].is_empty()
}

/// The line that a record stands on. The reader counts the empty lines before it as part of it.
fn line_of(record: &StringRecord, text: &str) -> u32 {
    let Some(position) = record.position() else { return 0 };
    let start = usize::try_from(position.byte()).unwrap_or(text.len());
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let breaks = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    let empty = breaks.filter(|byte| **byte == b'\n').count() as u64;
    u32::try_from(position.line() + empty).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_quotes_blank_lines_and_byte_order_marks() {
        let frame = parse("\u{feff}a,b\r\n\"x,\"\"y\"\"\",1\r\n\r\nz,2\n1,2,3\n").unwrap();
        assert_eq!(frame.lines, [2, 4]);
        assert_eq!(frame.broken.len(), 1);
        assert_eq!(frame.broken[0].0, 5);
        let (codes, values) = frame.columns["a"].names();
        assert_eq!(
            (codes.as_ref(), values.as_ref()),
            (&[0, 1][..], &["x,\"y\"".to_owned(), "z".to_owned()][..])
        );
        assert_eq!(frame.columns["b"].counts(), [Some(1), Some(2)]);
    }

    #[test]
    fn lines_are_counted_through_blank_ones() {
        let frame = parse("\n\na,b\n\n\n1,2\n  \n3,4\n\n5\n").unwrap();
        assert_eq!(frame.lines, [6, 8]);
        assert_eq!(frame.broken[0].0, 10);
    }
}
