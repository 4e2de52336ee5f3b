//! Comma-separated files with a header line.

use super::frame::{Frame, Interner, NO_TEXT, Values};

/// Splits `text` into columns. A line with the wrong number of fields is set aside.
pub(super) fn parse(text: &str) -> Result<Frame, String> {
    let mut lines = text.lines().zip(1_u32..).filter(|(line, _)| !line.trim().is_empty());
    let Some((header, _)) = lines.next() else {
        return Err("it is empty".to_owned());
    };
    let mut names = Vec::new();
    fields(header.trim_start_matches('\u{feff}'), |field| names.push(field.trim().to_owned()));
    if names.len() < 2 {
        return Err("its first line is not a header".to_owned());
    }
    let mut frame = Frame::default();
    let mut columns: Vec<(Vec<u32>, Interner)> = names.iter().map(|_| Default::default()).collect();
    let mut row: Vec<String> = Vec::new();
    for (line, number) in lines {
        row.clear();
        fields(line, |field| row.push(field.trim().to_owned()));
        if row.len() != names.len() {
            let why = format!("it has {} fields, the header has {}", row.len(), names.len());
            frame.broken.push((number, why));
            continue;
        }
        for ((codes, interner), field) in columns.iter_mut().zip(&row) {
            codes.push(if field.is_empty() { NO_TEXT } else { interner.code(field) });
        }
        frame.lines.push(number);
    }
    for (name, (codes, interner)) in names.into_iter().zip(columns) {
        frame.columns.insert(name, Values::Text { codes, values: interner.values });
    }
    Ok(frame)
}

/// Calls `each` with every field of a line; quotes are those of RFC 4180, on one line.
fn fields(line: &str, mut each: impl FnMut(&str)) {
    if !line.contains('"') {
        line.split(',').for_each(each);
        return;
    }
    let mut field = String::new();
    let mut is_quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if is_quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => each(&std::mem::take(&mut field)),
            _ => field.push(c),
        }
    }
    each(&field);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_quotes_blank_lines_and_byte_order_marks() {
        let frame = parse("\u{feff}a,b\r\n\"x,\"\"y\"\"\",1\r\n\r\nz,2\n1,2,3\n").unwrap();
        assert_eq!(frame.lines, [2, 4]);
        assert_eq!(frame.broken.len(), 1);
        let (codes, values) = frame.columns["a"].names();
        assert_eq!(
            (codes.as_ref(), values.as_ref()),
            (&[0, 1][..], &["x,\"y\"".to_owned(), "z".to_owned()][..])
        );
        assert_eq!(frame.columns["b"].counts(), [Some(1), Some(2)]);
    }
}
