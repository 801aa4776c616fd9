//! Calls to addresses that a stranger may have chosen.
//!
//! A dynamic registration begins with an address that comes in a link. Without care, whoever writes the link could
//! make the tool call services inside its own network. So before each call, each redirect included, the name is
//! resolved, every address that it has must be one that may be called, and the connection goes to one of exactly
//! these: a name that changes its address between the check and the call gains nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::header::{ACCEPT, LOCATION};
use reqwest::{Method, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;
use url::{Host, Url};

const RESOLVE_TIMEOUT: Duration = Duration::from_secs(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// For the whole call with its answer.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
const MOST_REDIRECTS: usize = 3;

/// Which addresses may be called (ours).
///
/// The default is what a tool on the internet needs: `https`, and public addresses only. Link-local addresses,
/// where clouds tell machines their secrets, and multicast are refused whatever the switches say.
///
/// Proxies from the environment are not used, because behind a proxy nobody could say where a call goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Guard {
    /// Allow `http` too.
    pub allow_http: bool,
    /// Allow this machine and its private networks too.
    pub allow_private: bool,
}

impl Guard {
    /// The addresses behind a web address, when every one of them may be called (ours).
    ///
    /// # Errors
    ///
    /// Scheme, host or address are not allowed, or the host is not known.
    pub async fn addresses(&self, url: &Url) -> Result<Vec<SocketAddr>, GuardError> {
        self.check_scheme(url)?;
        let port = url.port_or_known_default().unwrap_or(443);
        let host = match url.host() {
            None => return Err(GuardError::NoHost),
            Some(host) => host.to_string(),
        };
        let addresses: Vec<SocketAddr> = match url.host() {
            Some(Host::Ipv4(address)) => vec![(address, port).into()],
            Some(Host::Ipv6(address)) => vec![(address, port).into()],
            Some(Host::Domain(domain)) => {
                let resolve = tokio::net::lookup_host((domain, port));
                match tokio::time::timeout(RESOLVE_TIMEOUT, resolve).await {
                    Ok(Ok(addresses)) => addresses.collect(),
                    Ok(Err(_)) | Err(_) => Vec::new(),
                }
            }
            None => Vec::new(),
        };
        if addresses.is_empty() {
            return Err(GuardError::UnknownHost(host));
        }
        for address in &addresses {
            let allowed = match reach(address.ip()) {
                Reach::Public => true,
                Reach::Private => self.allow_private,
                Reach::Never => false,
            };
            if !allowed {
                return Err(GuardError::NotPublic(host));
            }
        }
        Ok(addresses)
    }

    /// Checks what can be seen in the address alone (ours).
    ///
    /// # Errors
    ///
    /// The scheme is not allowed, or the address carries a user name.
    pub fn check_scheme(&self, url: &Url) -> Result<(), GuardError> {
        match url.scheme() {
            "https" => {}
            "http" if self.allow_http => {}
            scheme => return Err(GuardError::Scheme(scheme.to_owned())),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(GuardError::Credentials);
        }
        Ok(())
    }

    /// Sends one request, without following redirects.
    pub(crate) async fn send(&self, call: &Call<'_>) -> Result<Response, CallError> {
        let addresses = self.addresses(call.url).await?;
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(CALL_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("lti-rs/", env!("CARGO_PKG_VERSION")));
        if let Some(Host::Domain(domain)) = call.url.host() {
            builder = builder.resolve_to_addrs(domain, &addresses);
        }
        let client = builder.build().map_err(CallError::NotDelivered)?;
        let mut request = client
            .request(call.method.clone(), call.url.clone())
            .header(ACCEPT, "application/json");
        if let Some(token) = call.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = call.body {
            request = request.json(body);
        }
        request.send().await.map_err(|error| {
            let error = error.without_url();
            if error.is_connect() || error.is_builder() {
                CallError::NotDelivered(error)
            } else {
                CallError::UnknownOutcome(error)
            }
        })
    }

    /// Gets an address, following at most three redirects, each of them checked. Says where it ended.
    ///
    /// The token does not leave the origin that it was meant for.
    pub(crate) async fn get(
        &self,
        first: &Url,
        token: Option<&str>,
    ) -> Result<(Url, Response), CallError> {
        let (mut url, mut token) = (first.clone(), token);
        for _ in 0..=MOST_REDIRECTS {
            let response = self
                .send(&Call {
                    method: Method::GET,
                    url: &url,
                    token,
                    body: None,
                })
                .await?;
            if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                return Ok((url, response));
            }
            let next = response
                .headers()
                .get(LOCATION)
                .and_then(|location| url.join(location.to_str().ok()?).ok())
                .ok_or(CallError::Redirects)?;
            if next.origin() != url.origin() {
                token = None;
            }
            url = next;
        }
        Err(CallError::Redirects)
    }
}

/// One request.
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) url: &'a Url,
    pub(crate) token: Option<&'a str>,
    pub(crate) body: Option<&'a Value>,
}

/// Why a call did not come to an answer.
#[derive(Debug)]
pub(crate) enum CallError {
    Guard(GuardError),
    /// Certainly nothing was done.
    NotDelivered(reqwest::Error),
    UnknownOutcome(reqwest::Error),
    /// There were too many, or one without an address.
    Redirects,
}

impl From<GuardError> for CallError {
    fn from(error: GuardError) -> Self {
        Self::Guard(error)
    }
}

/// An address that is not called (ours).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum GuardError {
    /// The scheme is not `https`.
    #[error(
        "The platform's address begins with `{0}:`, but only `https:` is allowed. Use the platform's https address"
    )]
    Scheme(String),
    /// The address carries a user name or password.
    #[error("The platform's address holds a user name or a password. Use it without them")]
    Credentials,
    /// The address names no host.
    #[error("The platform's address names no host. Check it")]
    NoHost,
    /// The host has no address.
    #[error("The host `{0}` is not known. Check the spelling and the network's name service")]
    UnknownHost(String),
    /// The host lies on this machine or inside a private network.
    #[error(
        "The host `{0}` is not on the public internet, and this tool may not call private networks. If the platform really is there, allow it in the tool's configuration"
    )]
    NotPublic(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Public,
    /// This machine and private networks.
    Private,
    /// Where no platform ever is.
    Never,
}

/// Where clouds tell machines their secrets, outside of the link-local addresses.
const METADATA: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x254)),
];

fn reach(address: IpAddr) -> Reach {
    if METADATA.contains(&address) {
        return Reach::Never;
    }
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    match address.octets() {
        // This machine, private networks, and carriers' networks.
        [10 | 127, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => {
            Reach::Private
        }
        // No address, link-local, protocols and examples, measuring, multicast and what is reserved.
        [0 | 224.., ..]
        | [169, 254, ..]
        | [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _] => Reach::Never,
        _ => Reach::Public,
    }
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    match address.segments() {
        // IPv4 in other clothes: mapped, and through a translator.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let bits = (u32::from(high) << 16) | u32::from(low);
            reach(Ipv4Addr::from_bits(bits).into())
        }
        // This machine, and private networks.
        [0, 0, 0, 0, 0, 0, 0, 1] | [0xfc00..=0xfdff, ..] => Reach::Private,
        // Of what is handed out, tunnels and protocols, examples, and tunnels of IPv4 are left out.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x2002 | 0x3fff, ..] => Reach::Never,
        [0x2000..=0x3fff, ..] => Reach::Public,
        _ => Reach::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart_by_where_they_lead() {
        for (expected, addresses) in [
            (
                Reach::Public,
                &[
                    "1.1.1.1",
                    "9.255.255.255",
                    "11.0.0.1",
                    "100.63.255.255",
                    "100.128.0.1",
                    "172.15.0.1",
                    "172.32.0.1",
                    "192.167.1.1",
                    "198.17.0.1",
                    "223.255.255.254",
                    "2600:1f18::1",
                    "2001:4860:4860::8888",
                    "::ffff:1.1.1.1",
                    "64:ff9b::101:101",
                ][..],
            ),
            (
                Reach::Private,
                &[
                    "127.0.0.1",
                    "127.255.0.9",
                    "10.0.0.1",
                    "172.16.0.1",
                    "172.31.255.255",
                    "192.168.1.1",
                    "100.64.0.1",
                    "::1",
                    "fc00::1",
                    "fd12:3456::1",
                    "::ffff:127.0.0.1",
                    "::ffff:10.1.2.3",
                    "64:ff9b::a00:1",
                ],
            ),
            (
                Reach::Never,
                &[
                    "0.0.0.0",
                    "169.254.169.254",
                    "169.254.0.1",
                    "100.100.100.200",
                    "192.0.0.192",
                    "192.0.2.1",
                    "198.18.0.1",
                    "198.51.100.1",
                    "203.0.113.1",
                    "224.0.0.1",
                    "240.0.0.1",
                    "255.255.255.255",
                    "::",
                    "::7f00:1",
                    "fe80::1",
                    "fec0::1",
                    "ff02::1",
                    "fd00:ec2::254",
                    "2001:db8::1",
                    "2001::1",
                    "2002:7f00:1::",
                    "64:ff9b:1::1",
                    "100::1",
                    "::ffff:169.254.169.254",
                    "::ffff:100.100.100.200",
                ],
            ),
        ] {
            for address in addresses {
                let address: IpAddr = address.parse().expect("an address");
                assert_eq!(reach(address), expected, "{address}");
            }
        }
    }
}
