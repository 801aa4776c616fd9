//! What a tool and a platform agreed on.

use serde::{Deserialize, Serialize};
use url::Url;

/// One registration of the tool on a platform (Core §3.1).
///
/// It is known by issuer and client id together, never by the issuer alone, and the addresses belong to it:
/// hosted platforms share one issuer between many customers, and keep their endpoints on other hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// The `iss` of the platform, compared byte for byte.
    pub issuer: String,
    /// The client id that the platform gave to the tool.
    pub client_id: String,
    /// Where the browser is sent to be authenticated.
    pub auth_url: Url,
    /// Where access tokens are asked for.
    pub token_url: Url,
    /// Where the platform publishes its keys.
    pub jwks_url: Url,
    /// The audience that the platform wants in token requests, when it is not the token address itself
    /// (`authorization_server` of its configuration).
    #[serde(default)]
    pub token_audience: Option<String>,
}
