//! `cargo xtask icons`: renders icons/*.svg to every size the app ships.
//!
//! The rendered files are committed, so that building needs no renderer.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::{packages, shell};

/// Files with one picture, and their size in pixels.
const PICTURES: &[(&str, &str, u32)] = &[
    ("tocsin.svg", "32x32.png", 32),
    ("tocsin.svg", "128x128.png", 128),
    ("tocsin.svg", "128x128@2x.png", 256),
    ("tocsin.svg", "icon.png", 512),
    ("tray.svg", "tray.png", 64),
];
/// Sizes in the Windows icon.
const ICO: &[u32] = &[16, 24, 32, 48, 256];
/// Kinds and sizes in the macOS icon.
const ICNS: &[(&[u8; 4], u32)] = &[(b"ic07", 128), (b"ic08", 256), (b"ic09", 512), (b"ic10", 1024)];

/// Renders all files.
///
/// # Errors
/// When an argument is given, the renderer is missing and cannot be installed, or a file cannot be written.
pub fn run(arguments: &[String]) -> Result<ExitCode> {
    if let Some(argument) = arguments.first() {
        bail!("`icons` does not know `{argument}`");
    }
    packages::ensure(&[&packages::ICONS])?;
    let directory = shell::root().join("icons");
    for (source, file, size) in PICTURES {
        write(&directory.join(file), &render(&directory.join(source), *size)?)?;
    }
    let draw = |size: u32| render(&directory.join("tocsin.svg"), size);
    let pictures = ICO.iter().map(|size| Ok((*size, draw(*size)?))).collect::<Result<Vec<_>>>()?;
    write(&directory.join("icon.ico"), &ico(&pictures)?)?;
    let pictures = ICNS.iter().map(|(kind, size)| Ok((*kind, draw(*size)?))).collect::<Result<Vec<_>>>()?;
    write(&directory.join("icon.icns"), &icns(&pictures)?)?;
    Ok(ExitCode::SUCCESS)
}

fn render(source: &Path, size: u32) -> Result<Vec<u8>> {
    let size = size.to_string();
    let mut renderer = shell::command("rsvg-convert");
    renderer.args(["--width", &size, "--height", &size]).arg(source);
    let picture = renderer.output().context("cannot start `rsvg-convert`")?;
    if !picture.status.success() {
        bail!("cannot render {}: {}", source.display(), String::from_utf8_lossy(&picture.stderr).trim());
    }
    Ok(picture.stdout)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    println!("{} ({} bytes)", path.display(), bytes.len());
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// A Windows icon: a directory of 16 bytes a picture, then the pictures as PNG.
fn ico(pictures: &[(u32, Vec<u8>)]) -> Result<Vec<u8>> {
    let count = u16::try_from(pictures.len()).context("too many pictures for one icon")?;
    let mut file = vec![0, 0, 1, 0];
    file.extend(count.to_le_bytes());
    let mut offset = 6 + 16 * u32::from(count);
    for (size, picture) in pictures {
        let length = u32::try_from(picture.len()).context("a picture is too large")?;
        // One byte for each side; 256 is written as 0.
        let side = u8::try_from(size % 256).context("a side does not fit")?;
        // Sides, colours of a palette (none), reserved, one plane, 32 bits a pixel.
        file.extend([side, side, 0, 0, 1, 0, 32, 0]);
        file.extend(length.to_le_bytes());
        file.extend(offset.to_le_bytes());
        offset += length;
    }
    file.extend(pictures.iter().flat_map(|(_, picture)| picture));
    Ok(file)
}

/// A macOS icon: a header with the length of all, then a kind, a length and a PNG for each picture.
fn icns(pictures: &[(&[u8; 4], Vec<u8>)]) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    for (kind, picture) in pictures {
        body.extend(*kind);
        body.extend(u32::try_from(picture.len() + 8).context("a picture is too large")?.to_be_bytes());
        body.extend(picture);
    }
    let mut file = b"icns".to_vec();
    file.extend(u32::try_from(body.len() + 8).context("the icon is too large")?.to_be_bytes());
    file.extend(body);
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_windows_icon_points_at_each_picture() {
        let file = ico(&[(16, vec![7; 3]), (256, vec![9; 5])]).unwrap_or_default();
        assert_eq!(file[..6], [0, 0, 1, 0, 2, 0]);
        assert_eq!(file[6..8], [16, 16]);
        assert_eq!(file[22..24], [0, 0]);
        assert_eq!(file[14..22], [3, 0, 0, 0, 38, 0, 0, 0]);
        assert_eq!(file[30..38], [5, 0, 0, 0, 41, 0, 0, 0]);
        assert_eq!(file[38..], [7, 7, 7, 9, 9, 9, 9, 9]);
    }

    #[test]
    fn a_mac_icon_tells_every_length() {
        let file = icns(&[(b"ic07", vec![1, 2])]).unwrap_or_default();
        assert_eq!(file, b"icns\0\0\0\x12ic07\0\0\0\x0a\x01\x02");
    }

    #[test]
    fn the_committed_icons_hold_the_sizes_their_names_promise() {
        for (_, name, size) in PICTURES {
            let file = fs::read(shell::root().join("icons").join(name)).unwrap_or_default();
            assert_eq!(file.get(1..4), Some(&b"PNG"[..]), "{name}");
            assert_eq!(file.get(16..20), Some(&size.to_be_bytes()[..]), "{name}");
            assert_eq!(file.get(25), Some(&6), "{name} is not RGBA");
        }
    }
}
