//! What the app can be started with.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

/// The text of `--help`.
pub(crate) const HELP: &str = "\
Tocsin, a desktop alert console for API security

  --data-dir DIR       where the data is (or TOCSIN_DATA_DIR; default: your user data folder)
  --listen ADDR:PORT   where to take deliveries (default: as in tocsin.toml, or 127.0.0.1:8787; port 0 picks one)
  --help               this text

The same without a window is `tocsin`; see `tocsin --help`.";

/// The parsed arguments.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub data_dir: Option<PathBuf>,
    pub listen: Option<SocketAddr>,
    pub help: bool,
}

impl Arguments {
    /// Reads them; unknown ones are an error, so that a typing mistake never starts on the wrong data.
    pub(crate) fn parse(words: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let mut arguments =
            Self { data_dir: std::env::var_os("TOCSIN_DATA_DIR").map(PathBuf::from), ..Self::default() };
        let mut words = words;
        while let Some(word) = words.next() {
            let mut value = |name: &str| words.next().ok_or_else(|| format!("{name} needs a value: see --help"));
            match word.to_str() {
                Some("--data-dir") => arguments.data_dir = Some(value("--data-dir")?.into()),
                Some("--listen") => {
                    let text = value("--listen")?.to_string_lossy().into_owned();
                    let address = text.parse().map_err(|_| format!("“{text}” is no address: use 127.0.0.1:8787"))?;
                    arguments.listen = Some(address);
                }
                Some("--help" | "-h") => arguments.help = true,
                _ => return Err(format!("{} is not an argument: see --help", word.to_string_lossy())),
            }
        }
        Ok(arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Arguments, String> {
        Arguments::parse(words.iter().map(OsString::from))
    }

    #[test]
    fn arguments_are_read_or_refused() {
        let read = parse(&["--data-dir", "/d", "--listen", "127.0.0.1:0"]);
        assert_eq!(read.as_ref().map(|read| read.data_dir.clone()), Ok(Some(PathBuf::from("/d"))));
        assert_eq!(read.map(|read| read.listen.map(|address| address.port())), Ok(Some(0)));
        for words in [&["--data-dri", "/d"][..], &["--listen"], &["--listen", "here"]] {
            assert!(parse(words).is_err(), "{words:?}");
        }
    }
}
