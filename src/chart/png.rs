//! The chart as a bitmap, twice as large as the SVG. Letters come with the program, so that the
//! picture is the same on a machine without fonts.

use noto_sans_mono_bitmap::{FontWeight, RasterHeight, RasterizedChar, get_raster};
use tiny_skia::{
    Color, FillRule, Paint, Path, PathBuilder, Pixmap, PremultipliedColorU8, Rect, Stroke,
    Transform,
};

use super::data::Chart;
use super::picture::{Anchor, Mark, Position, Role, Shape, WIDTH, color, star};
use crate::base::error::{Code, Error, Result};

const SCALE: f32 = 2.0;

/// Draws the chart as PNG.
///
/// # Errors
/// Only if the picture cannot be encoded.
pub fn png(chart: &Chart) -> Result<Vec<u8>> {
    let fail = |why: &str| Error::internal(Code::PictureNotDrawn, format!("no picture: {why}"));
    let size = |length: f64| (length * f64::from(SCALE)) as u32;
    let drawn = super::picture::picture(chart);
    let mut picture =
        Pixmap::new(size(WIDTH), size(drawn.height)).ok_or_else(|| fail("it has no size"))?;
    picture.fill(Color::WHITE);
    for shape in drawn.shapes {
        match shape {
            Shape::Grid(from, to) => line(&mut picture, &[from, to], 1.0, [0xe6; 3], 255),
            Shape::Frame(from, to) => line(&mut picture, &[from, to], 1.0, [0x88; 3], 255),
            Shape::Curve(series, points) => line(&mut picture, &points, 1.5, color(series), 140),
            Shape::Marker { of: Mark::Series(series), at, .. } => marker(&mut picture, series, at),
            Shape::Marker { of: Mark::Winner, at, .. } => winner(&mut picture, at),
            Shape::Text { at, anchor, role, turned, text } => {
                write(&mut picture, at, anchor, role, turned, &text);
            }
        }
    }
    picture.encode_png().map_err(|e| fail(&e.to_string()))
}

fn scaled() -> Transform {
    Transform::from_scale(SCALE, SCALE)
}

fn paint([red, green, blue]: [u8; 3], opacity: u8) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(red, green, blue, opacity);
    paint
}

fn line(picture: &mut Pixmap, points: &[Position], width: f32, color: [u8; 3], opacity: u8) {
    let mut path = PathBuilder::new();
    for (index, (x, y)) in points.iter().enumerate() {
        match index {
            0 => path.move_to(*x as f32, *y as f32),
            _ => path.line_to(*x as f32, *y as f32),
        }
    }
    let Some(path) = path.finish() else { return };
    let stroke = Stroke { width, ..Stroke::default() };
    picture.stroke_path(&path, &paint(color, opacity), &stroke, scaled(), None);
}

/// The same shapes as in the SVG.
fn marker(picture: &mut Pixmap, series: usize, (x, y): Position) {
    let (x, y) = (x as f32, y as f32);
    let outline = match series % 4 {
        0 => PathBuilder::from_circle(x, y, 4.0),
        1 => Rect::from_xywh(x - 3.5, y - 3.5, 7.0, 7.0).map(PathBuilder::from_rect),
        2 => polygon(&[(x, y - 5.0), (x + 5.0, y), (x, y + 5.0), (x - 5.0, y)]),
        _ => polygon(&[(x, y - 5.0), (x + 4.5, y + 3.0), (x - 4.5, y + 3.0)]),
    };
    if let Some(outline) = outline {
        let paint = paint(color(series), 255);
        picture.fill_path(&outline, &paint, FillRule::Winding, scaled(), None);
    }
}

/// A star with a rim that sets it off from what it covers.
fn winner(picture: &mut Pixmap, at: Position) {
    let Some(star) = polygon(&star(at).map(|(x, y)| (x as f32, y as f32))) else { return };
    picture.fill_path(&star, &paint([0x11; 3], 255), FillRule::Winding, scaled(), None);
    let rim = Stroke::default();
    picture.stroke_path(&star, &paint([0xff; 3], 255), &rim, scaled(), None);
}

fn polygon(corners: &[(f32, f32)]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (index, (x, y)) in corners.iter().enumerate() {
        match index {
            0 => path.move_to(*x, *y),
            _ => path.line_to(*x, *y),
        }
    }
    path.close();
    path.finish()
}

/// Writes a text whose base line begins, is centred or ends at a position.
fn write(
    picture: &mut Pixmap,
    (x, y): Position,
    anchor: Anchor,
    role: Role,
    turned: bool,
    text: &str,
) {
    let (weight, height, ink) = match role {
        Role::Title => (FontWeight::Bold, RasterHeight::Size32, 0x11),
        Role::Axis => (FontWeight::Regular, RasterHeight::Size24, 0x22),
        Role::Label => (FontWeight::Regular, RasterHeight::Size24, 0x44),
    };
    // Letters that the font lacks are shown to be missing.
    let glyph = |c| get_raster(c, weight, height).or_else(|| get_raster('?', weight, height));
    let glyphs: Vec<RasterizedChar> = text.chars().filter_map(glyph).collect();
    let length: usize = glyphs.iter().map(RasterizedChar::width).sum();
    let before = match anchor {
        Anchor::Start => 0,
        Anchor::Middle => length / 2,
        Anchor::End => length,
    } as i64;
    let pixel = |n: f64| (n * f64::from(SCALE)).round() as i64;
    // The base line is at four fifths of the height of a letter.
    let rise = (height.val() * 4 / 5) as i64;
    let mut advance = -before;
    for glyph in glyphs {
        for (row, line) in glyph.rows().enumerate() {
            for (column, cover) in line.iter().enumerate() {
                let (along, across) = (advance + column as i64, row as i64 - rise);
                let (dx, dy) = if turned { (across, -along) } else { (along, across) };
                blend(picture, pixel(x) + dx, pixel(y) + dy, ink, *cover);
            }
        }
        advance += glyph.width() as i64;
    }
}

/// Lays a grey over a pixel as far as a letter covers it.
fn blend(picture: &mut Pixmap, x: i64, y: i64, ink: u8, cover: u8) {
    let (width, height) = (i64::from(picture.width()), i64::from(picture.height()));
    if cover == 0 || !(0..width).contains(&x) || !(0..height).contains(&y) {
        return;
    }
    let Some(pixel) = picture.pixels_mut().get_mut((y * width + x) as usize) else { return };
    let mix = |under: u8| {
        let (under, ink, cover) = (u32::from(under), u32::from(ink), u32::from(cover));
        ((under * (255 - cover) + ink * cover) / 255) as u8
    };
    let mixed = [pixel.red(), pixel.green(), pixel.blue()].map(mix);
    if let Some(new) = PremultipliedColorU8::from_rgba(mixed[0], mixed[1], mixed[2], 255) {
        *pixel = new;
    }
}
