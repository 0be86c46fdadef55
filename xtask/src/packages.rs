//! System packages: what is needed, why, and how it gets here.
//!
//! Debian and its relatives get them through apt-get. Other systems get a sentence that says what to install:
//! guessing the names of another package manager would be worse than asking.

use std::env;
use std::io::IsTerminal;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell;

/// Packages that serve one purpose, by their Debian names.
#[derive(Debug, PartialEq, Eq)]
pub struct Group {
    /// What they are for, as the end of "needed to ...".
    pub purpose: &'static str,
    /// Debian package names.
    pub names: &'static [&'static str],
}

/// To compile and start the app.
pub static BUILD: Group = Group {
    purpose: "build the window (WebKitGTK, tray icon)",
    names: &[
        "build-essential",
        "pkg-config",
        "libwebkit2gtk-4.1-dev",
        "librsvg2-dev",
        "libayatana-appindicator3-dev",
        "libdbus-1-dev",
    ],
};

/// For the page in a plain browser.
pub static BROWSER: Group = Group { purpose: "test the page in a browser", names: &["chromium", "fonts-dejavu-core"] };

/// For tests that talk to other people's programs, without a window.
pub static PROGRAMS: Group = Group {
    purpose: "test with a real notification bus, other senders and injected disk errors",
    names: &["dbus", "dbus-x11", "libglib2.0-bin", "python3", "python3-venv", "python3-dbusmock", "strace"],
};

/// For tests in the real window.
pub static WINDOW: Group = Group {
    purpose: "test in the real window without a screen",
    names: &[
        "webkit2gtk-driver",
        "xvfb",
        "xauth",
        "dbus",
        "xdotool",
        "xsettingsd",
        "imagemagick",
        "openbox",
        "fonts-dejavu-core",
    ],
};

/// To render the icons.
pub static ICONS: Group = Group { purpose: "render the icons", names: &["librsvg2-bin"] };

/// Makes sure that the groups are there, installing what is missing after saying so.
///
/// # Errors
/// When something is missing and cannot be installed here; the message says what to do.
pub fn ensure(groups: &[&'static Group]) -> Result<()> {
    if !cfg!(target_os = "linux") {
        // WebView2 and WebKit come with those systems; what else cargo misses, it names itself.
        println!("No packages are installed on this system: only Linux is tested so far.");
        return Ok(());
    }
    let mut wanted = Vec::new();
    for group in groups {
        let missing = missing(group)?;
        if !missing.is_empty() {
            println!("Needed to {}: {}", group.purpose, missing.join(" "));
            wanted.extend(missing.into_iter().filter(|name| !wanted.contains(name)).collect::<Vec<_>>());
        }
    }
    match wanted.is_empty() {
        true => Ok(()),
        false if has_apt() => install(&wanted),
        false => bail!("this system has no apt-get: install what carries these Debian names elsewhere, then try again"),
    }
}

/// Why the packages of these groups are not all here, or `None` when they are.
pub fn lacking(groups: &[&'static Group]) -> Option<String> {
    let mut names = Vec::new();
    for group in groups {
        match missing(group) {
            Ok(missing) => names.extend(missing),
            Err(error) => return Some(error.to_string()),
        }
    }
    (!names.is_empty()).then(|| format!("missing packages: {}", names.join(" ")))
}

/// Whether this user can install packages: as root, or through sudo.
pub fn may_install() -> bool {
    has_apt() && elevation().is_ok()
}

/// An apt-get command with the rights it needs.
///
/// # Errors
/// When this user is neither root nor has sudo.
pub fn apt_get(arguments: &[&str]) -> Result<Command> {
    let mut words = elevation()?;
    words.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=300"]);
    words.extend(arguments);
    let mut command = shell::command(words[0]);
    command.args(&words[1..]);
    Ok(command)
}

/// Whether this is Debian or one of its relatives.
pub fn has_apt() -> bool {
    shell::on_path("apt-get").is_some() && shell::on_path("dpkg-query").is_some()
}

fn missing(group: &'static Group) -> Result<Vec<&'static str>> {
    if !cfg!(target_os = "linux") {
        bail!("only tested on Linux so far");
    }
    if !has_apt() {
        let present = *group == BUILD && libraries_present();
        return Ok(if present { Vec::new() } else { group.names.to_vec() });
    }
    // dpkg-query fails as a whole when one name is unknown, and still lists the others.
    let mut query = shell::command("dpkg-query");
    query.args(["--show", "--showformat", "${Package} ${db:Status-Status}\\n"]).args(group.names);
    let answer = query.output().context("cannot start `dpkg-query`")?;
    Ok(absent(group.names, &String::from_utf8_lossy(&answer.stdout)))
}

/// The names that dpkg-query's answer does not call installed.
fn absent(names: &[&'static str], answer: &str) -> Vec<&'static str> {
    let installed = |name: &str| answer.lines().any(|line| line.split_once(' ') == Some((name, "installed")));
    names.iter().copied().filter(|name| !installed(name)).collect()
}

fn install(names: &[&str]) -> Result<()> {
    if elevation().is_err() {
        bail!("install them as root and try again: apt-get install {}", names.join(" "));
    }
    // A stale index, a mirror in the middle of a change, another apt at work: the second try is usually enough.
    for last in [false, true] {
        let outcome = shell::run(&mut apt_get(&["update"])?).and_then(|()| {
            let arguments = ["install", "--yes", "--no-install-recommends"];
            shell::run(&mut apt_get(&[&arguments, names].concat())?)
        });
        match outcome {
            Ok(()) => break,
            Err(error) if last => return Err(error.context("apt-get failed twice")),
            Err(error) => println!("{error:#}; trying once more"),
        }
    }
    Ok(())
}

fn elevation() -> Result<Vec<&'static str>> {
    let user = shell::output(shell::command("id").arg("-u"))?;
    if user.trim() == "0" {
        return Ok(Vec::new());
    }
    if shell::on_path("sudo").is_none() {
        bail!("this user is not root and there is no sudo");
    }
    if std::io::stdin().is_terminal() {
        return Ok(vec!["sudo"]);
    }
    // Nobody could type a password here: only a sudo that asks none helps.
    if !shell::succeeds(shell::command("sudo").args(["-n", "true"])) {
        bail!("this user is not root, and sudo would ask for a password");
    }
    Ok(vec!["sudo", "-n"])
}

/// On a Linux without apt-get the libraries may still be there, in packages whose names we do not know.
fn libraries_present() -> bool {
    let libraries = ["webkit2gtk-4.1", "librsvg-2.0", "ayatana-appindicator3-0.1", "dbus-1"];
    shell::succeeds(shell::command("pkg-config").arg("--exists").args(libraries))
}

/// Says why no window can open here, or `None` when one can.
pub fn no_display() -> Option<&'static str> {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    (cfg!(target_os = "linux") && !set("DISPLAY") && !set("WAYLAND_DISPLAY"))
        .then_some("there is no display: neither DISPLAY nor WAYLAND_DISPLAY is set")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removed_and_unknown_packages_are_missing() {
        let answer = "xvfb installed\nxauth config-files\n";
        assert_eq!(absent(&["xvfb", "xauth", "dbus"], answer), ["xauth", "dbus"]);
    }

    #[test]
    fn a_package_is_not_taken_for_one_with_a_longer_name() {
        assert_eq!(absent(&["dbus"], "dbus-x11 installed\n"), ["dbus"]);
    }

    #[test]
    fn nothing_is_missing_when_all_is_installed() {
        assert!(absent(&["dbus", "xvfb"], "dbus installed\nxvfb installed\n").is_empty());
    }
}
