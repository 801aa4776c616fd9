//! The platform's signing key, and random words.

use aws_lc_rs::{
    digest, rand,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::DemoLmsError;

/// RSA key that signs launches; a new one at every start.
pub(crate) struct SigningKey {
    pair: KeyPair,
    id: String,
}

impl SigningKey {
    pub(crate) fn generate() -> Result<Self, DemoLmsError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| DemoLmsError::Key)?;
        let modulus = pair
            .public_key()
            .modulus()
            .big_endian_without_leading_zero();
        let id = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, modulus));
        Ok(Self { pair, id })
    }

    /// Public half as a JSON Web Key Set (RFC 7517).
    pub(crate) fn key_set(&self) -> Value {
        let public = self.pair.public_key();
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({"keys": [{
            "kty": "RSA",
            "alg": "RS256",
            "use": "sig",
            "kid": self.id,
            "n": encode(public.modulus().big_endian_without_leading_zero()),
            "e": encode(public.exponent().big_endian_without_leading_zero()),
        }]})
    }

    /// Claims as a compact JWS, RS256 (RFC 7515).
    pub(crate) fn sign(&self, claims: &Value) -> Result<String, DemoLmsError> {
        let header = json!({"typ": "JWT", "alg": "RS256", "kid": self.id});
        let message = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &rand::SystemRandom::new(),
                message.as_bytes(),
                &mut signature,
            )
            .map_err(|_| DemoLmsError::Key)?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// Word of 32 hexadecimal digits that nobody can guess: a token or a hint.
pub(crate) fn random_word() -> Result<String, DemoLmsError> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes).map_err(|_| DemoLmsError::Key)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}
