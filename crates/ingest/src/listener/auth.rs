//! Sign-in of senders.

use argon2::password_hash::{PasswordHasher, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use rand::TryRngCore;

/// A secret could not be prepared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Nothing was given.
    #[error("the secret is empty: give at least one character, or let Tocsin make one")]
    Empty,
    /// Longer than any header could carry.
    #[error("the secret is longer than 1,024 bytes: choose a shorter one")]
    TooLong,
    /// The system gave no randomness, or the parameters were refused.
    #[error("the secret could not be prepared: {0}")]
    Failed(String),
}

fn hasher() -> Result<Argon2<'static>, SecretError> {
    // 19 MiB and two passes: what OWASP names as the least for Argon2id.
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|error| SecretError::Failed(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// What the store keeps of a secret: an Argon2id hash as a PHC string. Takes some 20 ms.
///
/// # Errors
/// When the secret is empty or too long, or the system gives no randomness.
pub fn make_verifier(secret: &str) -> Result<String, SecretError> {
    if secret.is_empty() {
        return Err(SecretError::Empty);
    }
    if secret.len() > 1_024 {
        return Err(SecretError::TooLong);
    }
    let salt = SaltString::encode_b64(&random::<16>()?).map_err(|error| SecretError::Failed(error.to_string()))?;
    let hash =
        hasher()?.hash_password(secret.as_bytes(), &salt).map_err(|error| SecretError::Failed(error.to_string()))?;
    Ok(hash.to_string())
}

/// A new secret: 43 characters for headers and addresses alike, 256 bits from the system's randomness.
///
/// # Errors
/// When the system gives no randomness.
pub fn make_secret() -> Result<String, SecretError> {
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random::<32>()?))
}

fn random<const N: usize>() -> Result<[u8; N], SecretError> {
    let mut bytes = [0_u8; N];
    rand::rngs::OsRng.try_fill_bytes(&mut bytes).map_err(|error| SecretError::Failed(error.to_string()))?;
    Ok(bytes)
}
