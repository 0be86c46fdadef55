//! Reads from a trace of system calls what the program wrote, what it made durable, and what it promised, in order.

use std::collections::HashMap;

/// The system calls that [`read`] needs to see.
pub const CALLS: &str = "openat,unlink,pwrite64,ftruncate,fsync,fdatasync,writev,sendto,write";

/// The beginning of a strace command whose log [`read`] can read.
#[must_use]
pub fn command(log: &std::path::Path) -> Vec<String> {
    let fixed = ["strace", "--seccomp-bpf", "-f", "-qq", "-yy", "-xx", "-s", "4000000", "-e", "signal=none", "-e"];
    let mut command: Vec<String> = fixed.map(String::from).to_vec();
    command.extend([format!("trace={CALLS}"), "-o".to_owned(), log.display().to_string()]);
    command
}

/// What a call did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Opened a file, which makes it when it is not there.
    Open(String),
    /// Took a name away.
    Unlink(String),
    /// Wrote bytes at a place.
    Write(String, u64, Vec<u8>),
    /// Cut a file, or made it longer.
    Cut(String, u64),
    /// Asked for a file, or a folder, to be made durable.
    Sync(String),
    /// Began an answer to the connection from this port of this machine, with this status.
    Answer(u16, u16),
}

/// One call: where in the trace it begins and ends, and whether it succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The line where it begins.
    pub begins: usize,
    /// The line where it ends; after the last line when it never does.
    pub ends: usize,
    /// Whether it did what it was asked.
    pub succeeded: bool,
    /// What it was asked.
    pub what: What,
}

/// The calls of a trace that concern files of this folder or answers, in the order in which they begin.
#[must_use]
pub fn read(trace: &[u8], folder: &str) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    let mut open: HashMap<&[u8], usize> = HashMap::new();
    let mut last = 0;
    for (line, text) in trace.split(|byte| *byte == b'\n').enumerate() {
        last = line + 1;
        let Some((process, text)) = cut(text, b" ") else { continue };
        let text = text.trim_ascii_start();
        if text.starts_with(b"<... ") {
            if let Some(call) = open.remove(process).map(|at| &mut calls[at]) {
                call.ends = line;
                call.succeeded = succeeded(text);
            }
            continue;
        }
        let Some(what) = what(text, folder) else { continue };
        let (mut call, broken_off) =
            (Call { begins: line, ends: line, succeeded: false, what }, text.ends_with(b"<unfinished ...>"));
        if broken_off {
            call.ends = usize::MAX;
            open.insert(process, calls.len());
        } else {
            call.succeeded = succeeded(text);
        }
        calls.push(call);
    }
    for call in calls.iter_mut().filter(|call| call.ends == usize::MAX) {
        call.ends = last;
    }
    calls
}

fn succeeded(text: &[u8]) -> bool {
    let end = text.windows(3).rposition(|three| three == b" = ");
    end.and_then(|at| text.get(at + 3)).is_some_and(u8::is_ascii_digit)
}

fn what(text: &[u8], folder: &str) -> Option<What> {
    let (name, arguments) = cut(text, b"(")?;
    let inside = |path: String| path.starts_with(folder).then_some(path);
    match name {
        b"openat" => {
            let (_, rest) = cut(arguments, b"\"")?;
            let (path, flags) = cut(rest, b"\"")?;
            let makes = flags.windows(7).any(|word| word == b"O_CREAT");
            makes.then(|| inside(plain(path))).flatten().map(What::Open)
        }
        b"unlink" => inside(plain(quoted(arguments)?)).map(What::Unlink),
        b"pwrite64" => {
            let path = inside(descriptor(arguments)?)?;
            let (_, rest) = cut(arguments, b"\"")?;
            let (bytes, rest) = cut(rest, b"\"")?;
            let offset = rest.split(|byte| *byte == b',').nth(2)?;
            Some(What::Write(path, number(offset)?, unhex(bytes)))
        }
        b"ftruncate" => {
            let path = inside(descriptor(arguments)?)?;
            Some(What::Cut(path, number(cut(arguments, b">, ")?.1)?))
        }
        b"fsync" | b"fdatasync" => inside(descriptor(arguments)?).map(What::Sync),
        b"writev" | b"sendto" | b"write" => answer(arguments),
        _ => None,
    }
}

fn answer(arguments: &[u8]) -> Option<What> {
    let (_, peer) = cut(arguments, b"<TCP:[127.0.0.1:")?;
    let port = number(cut(peer, b"->127.0.0.1:")?.1)?;
    let start = unhex(quoted(arguments)?.get(..4 * 12)?);
    let status = start.strip_prefix(b"HTTP/1.1 ")?;
    Some(What::Answer(u16::try_from(port).ok()?, std::str::from_utf8(status).ok()?.parse().ok()?))
}

/// The path of the descriptor that is the first argument.
fn descriptor(arguments: &[u8]) -> Option<String> {
    let (_, rest) = cut(arguments, b"<")?;
    Some(plain(cut(rest, b">")?.0))
}

fn quoted(arguments: &[u8]) -> Option<&[u8]> {
    Some(cut(cut(arguments, b"\"")?.1, b"\"")?.0)
}

/// The number that a text begins with.
fn number(text: &[u8]) -> Option<u64> {
    let text = text.trim_ascii_start();
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    std::str::from_utf8(&text[..end]).ok()?.parse().ok()
}

fn plain(hex: &[u8]) -> String {
    String::from_utf8_lossy(&unhex(hex)).into_owned()
}

/// The bytes that strace writes as `\x2f\x74`; anything else stands for itself.
fn unhex(text: &[u8]) -> Vec<u8> {
    if !text.starts_with(b"\\x") {
        return text.to_vec();
    }
    let digit = |byte: u8| if byte.is_ascii_digit() { byte - b'0' } else { byte.wrapping_sub(b'a') + 10 };
    text.chunks_exact(4).map(|four| digit(four[2]) << 4 | digit(four[3])).collect()
}

fn cut<'a>(text: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let place = text.windows(at.len()).position(|window| window == at)?;
    Some((&text[..place], &text[place + at.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = concat!(
        r#"71    openat(AT_FDCWD<\x2f>, "\x2f\x64\x2f\x61", O_RDWR|O_CREAT|O_CLOEXEC, 0600) = 7<\x2f\x64\x2f\x61>"#,
        "\n",
        r#"71    openat(AT_FDCWD<\x2f>, "\x2f\x65\x2f\x61", O_RDWR|O_CREAT|O_CLOEXEC, 0600) = 8<\x2f\x65\x2f\x61>"#,
        "\n",
        r#"72    pwrite64(7<\x2f\x64\x2f\x61>, "\x00\xff\x10", 3, 4096 <unfinished ...>"#,
        "\n",
        r#"71    fsync(7<\x2f\x64\x2f\x61>) = -1 EIO (Input/output error) (INJECTED)"#,
        "\n",
        r#"72    <... pwrite64 resumed>) = 3"#,
        "\n",
        r#"71    ftruncate(7<\x2f\x64\x2f\x61>, 12) = 0"#,
        "\n",
        r#"73    writev(9<TCP:[127.0.0.1:8787->127.0.0.1:45334]>, [{iov_base="\x48\x54\x54\x50\x2f\x31\x2e\x31\x20\x32\x30\x32\x20", iov_len=13}], 1) = 13"#,
        "\n",
        r#"71    unlink("\x2f\x64\x2f\x61") = 0"#,
        "\n",
        r#"71    fsync(3<\x2f\x64> <unfinished ...>"#,
        "\n",
    );

    #[test]
    fn a_trace_is_read_in_order_with_what_broke_off() {
        let call = |begins, ends, succeeded, what| Call { begins, ends, succeeded, what };
        let file = || "/d/a".to_owned();
        let expected = [
            call(0, 0, true, What::Open(file())),
            call(2, 4, true, What::Write(file(), 4096, vec![0, 255, 16])),
            call(3, 3, false, What::Sync(file())),
            call(5, 5, true, What::Cut(file(), 12)),
            call(6, 6, true, What::Answer(45334, 202)),
            call(7, 7, true, What::Unlink(file())),
            call(8, 10, false, What::Sync("/d".to_owned())),
        ];
        assert_eq!(read(TRACE.as_bytes(), "/d"), expected);
    }
}
