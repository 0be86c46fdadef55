//! Secrets of sources: how they are made, and what is kept of them.

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use rand::TryRngCore;

/// A secret could not be prepared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Nothing was given.
    #[error("the secret is empty: give at least one character, or let Tocsin make one")]
    Empty,
    /// Longer than a header should carry.
    #[error("the secret is longer than 1,024 bytes: choose a shorter one")]
    TooLong,
    /// The system gave no randomness, or the hash could not be made.
    #[error("the secret could not be prepared ({0}): try again, or restart this machine if it stays so")]
    Failed(String),
}

fn failed(error: impl std::fmt::Display) -> SecretError {
    SecretError::Failed(error.to_string())
}

/// What the store keeps of a secret: an Argon2id hash as a PHC string. Takes some 20 ms.
///
/// # Errors
/// When the secret is empty or longer than 1,024 bytes, or the system gives no randomness.
pub fn make_verifier(secret: &str) -> Result<String, SecretError> {
    if secret.is_empty() {
        return Err(SecretError::Empty);
    }
    if secret.len() > 1_024 {
        return Err(SecretError::TooLong);
    }
    // 19 MiB and two passes: what OWASP names as the least for Argon2id.
    let params = Params::new(19 * 1024, 2, 1, None).map_err(failed)?;
    let salt = SaltString::encode_b64(&random::<16>()?).map_err(failed)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    Ok(argon2.hash_password(secret.as_bytes(), &salt).map_err(failed)?.to_string())
}

/// A new secret: 43 characters that headers and addresses take as they are, 256 bits of the system's randomness.
///
/// # Errors
/// When the system gives no randomness.
pub fn make_secret() -> Result<String, SecretError> {
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random::<32>()?))
}

pub(super) fn random<const N: usize>() -> Result<[u8; N], SecretError> {
    let mut bytes = [0_u8; N];
    rand::rngs::OsRng.try_fill_bytes(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// Whether `secret` is the one that `verifier` was made of. Takes some 20 ms and 19 MiB.
pub(super) fn verify(verifier: &str, secret: &[u8]) -> bool {
    match PasswordHash::new(verifier) {
        Ok(hash) => Argon2::default().verify_password(secret, &hash).is_ok(),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn secrets_are_made_long_and_hashed_slowly() {
        let (one, two) = (make_secret().unwrap(), make_secret().unwrap());
        assert_ne!(one, two);
        assert_eq!(one.len(), 43);
        assert!(one.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
        let verifier = make_verifier(&one).unwrap();
        assert!(verifier.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{verifier}");
        assert!(verify(&verifier, one.as_bytes()));
        assert!(!verify(&verifier, two.as_bytes()));
        assert_eq!(make_verifier(""), Err(SecretError::Empty));
        assert_eq!(make_verifier(&"x".repeat(1_025)), Err(SecretError::TooLong));
    }
}
