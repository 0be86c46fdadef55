//! What stands on the screen: the file in which the X server keeps its picture.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use anyhow::{Context, Result, ensure};

/// Every so many lines of the picture are looked at: no text is so low that it falls between.
const EVERY: usize = 5;
/// Bytes of a pixel.
const PIXEL: usize = 4;

/// Part of the window, in hundredths of its width and height.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    x: (usize, usize),
    y: (usize, usize),
}

/// The window as a whole.
pub const WHOLE: Part = Part { x: (0, 100), y: (0, 100) };
/// Where the app has the rows of its list, and nothing else.
pub const ROWS: Part = Part { x: (36, 95), y: (32, 94) };

/// The screen.
#[derive(Debug)]
pub struct Screen {
    file: File,
    /// Where the first line begins.
    start: usize,
    line: usize,
    width: usize,
    height: usize,
}

/// Some lines of the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    bytes: Vec<u8>,
    line: usize,
}

impl Screen {
    /// The picture of the X server that was started with `-fbdir` and this folder.
    ///
    /// # Errors
    /// When there is none, or it is not in the one form that is read here.
    pub fn open(folder: &Path) -> Result<Self> {
        let path = folder.join("Xvfb_screen0");
        let file = File::open(&path).with_context(|| format!("no picture of a screen in {}", path.display()))?;
        // The head of an X window dump: numbers of four bytes, the greatest byte first.
        let mut head = [0; 80];
        file.read_exact_at(&mut head, 0)?;
        let number = |place: usize| {
            let bytes = head.get(place * 4..place * 4 + 4).and_then(|bytes| bytes.try_into().ok());
            bytes.map_or(0, |bytes| u32::from_be_bytes(bytes) as usize)
        };
        ensure!(number(1) == 7 && number(11) == PIXEL * 8, "{} is no window dump of 32 bits a pixel", path.display());
        let (width, height, line) = (number(4), number(5), number(12));
        // The colours, of twelve bytes each, stand before the picture.
        Ok(Self { file, start: number(0) + number(19) * 12, line, width, height })
    }

    /// What is on it now.
    ///
    /// # Errors
    /// When the X server is gone.
    pub fn picture(&self) -> Result<Picture> {
        let line = self.width * PIXEL;
        let mut bytes = vec![0; line * self.height.div_ceil(EVERY)];
        for (nth, into) in bytes.chunks_mut(line).enumerate() {
            let at = self.start + nth * EVERY * self.line;
            self.file.read_exact_at(into, u64::try_from(at)?)?;
        }
        Ok(Picture { bytes, line })
    }
}

impl Picture {
    fn part(&self, part: Part) -> impl Iterator<Item = &[u8]> {
        let lines = self.bytes.len() / self.line;
        let columns = self.line / PIXEL;
        let (left, right) = (columns * part.x.0 / 100 * PIXEL, columns * part.x.1 / 100 * PIXEL);
        let chosen =
            self.bytes.chunks(self.line).skip(lines * part.y.0 / 100).take(lines * (part.y.1 - part.y.0) / 100);
        chosen.flat_map(move |line| line.get(left..right).unwrap_or_default().chunks(PIXEL))
    }

    /// Whether a part has more than one colour.
    pub fn is_drawn(&self, part: Part) -> bool {
        let mut pixels = self.part(part);
        let first = pixels.next();
        pixels.any(|pixel| Some(pixel) != first)
    }

    /// How much of what is drawn in a part of this picture is there in another as well, 0 to 1. What is drawn is all
    /// that has another colour than most of it.
    pub fn share_in(&self, other: &Self, part: Part) -> f64 {
        let ground = self.ground(part);
        let drawn = self.part(part).zip(other.part(part)).filter(|(pixel, _)| *pixel != ground);
        let (mut all, mut there) = (0u32, 0u32);
        for (pixel, seen) in drawn {
            all += 1;
            there += u32::from(pixel == seen);
        }
        if all == 0 { 0.0 } else { f64::from(there) / f64::from(all) }
    }

    /// The colour that most of a part has.
    fn ground(&self, part: Part) -> Vec<u8> {
        let mut counts = std::collections::HashMap::new();
        self.part(part).for_each(|pixel| *counts.entry(pixel).or_insert(0u32) += 1);
        counts.into_iter().max_by_key(|(_, count)| *count).map(|(pixel, _)| pixel.to_vec()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(pixels: &[u8]) -> Picture {
        Picture { bytes: pixels.iter().flat_map(|pixel| [*pixel; PIXEL]).collect(), line: 10 * PIXEL }
    }

    #[test]
    fn what_is_drawn_counts_and_the_ground_does_not() {
        let done = picture(&[[0, 0, 0, 7, 7, 0, 0, 0, 8, 0], [0, 0, 0, 7, 0, 0, 0, 0, 0, 0]].concat());
        let begun = picture(&[[0, 0, 0, 7, 7, 0, 0, 0, 9, 0], [5, 5, 5, 5, 5, 5, 5, 5, 5, 5]].concat());
        assert!((done.share_in(&begun, WHOLE) - 0.5).abs() < 1e-9);
        assert!((done.share_in(&done, WHOLE) - 1.0).abs() < 1e-9);
        assert!(done.is_drawn(WHOLE) && !picture(&[3; 20]).is_drawn(WHOLE));
        let right = Part { x: (60, 100), y: (0, 50) };
        assert!(done.share_in(&begun, right).abs() < 1e-9);
        assert!(
            begun.share_in(&picture(&[0; 20]), Part { x: (0, 100), y: (50, 100) }).abs() < 1e-9,
            "one colour is nothing"
        );
    }
}
