//! Access tokens for the tool (LTI security framework 1.0 section 4.1).

use std::collections::BTreeMap;

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::{DemoLms, Manners, keys::random_word, services};

/// A token that was given out.
#[derive(Debug)]
pub(crate) struct AccessToken {
    pub(crate) scopes: Vec<String>,
    pub(crate) expires: DateTime<Utc>,
}

/// `POST /lti/token`: client credentials, proved by a signed assertion.
pub(crate) async fn token(State(lms): State<DemoLms>, headers: HeaderMap, body: Bytes) -> Response {
    let (status, body) = match grant(&lms, &headers, &body).await {
        Ok(body) => (StatusCode::OK, body),
        Err(TokenRefusal { error, description }) => {
            let manners = lms.settings().manners;
            let status = if error == "invalid_client" && manners != Manners::Moodle {
                StatusCode::UNAUTHORIZED
            } else {
                StatusCode::BAD_REQUEST
            };
            // Moodle puts its explanation where the code of the error should be.
            let body = match manners {
                Manners::Moodle if !description.is_empty() => json!({"error": description}),
                Manners::Moodle => json!({"error": error}),
                Manners::Strict | Manners::Canvas => {
                    json!({"error": error, "error_description": description})
                }
            };
            (status, body)
        }
    };
    let content_type = match lms.settings().manners {
        Manners::Moodle => "text/html; charset=utf-8",
        Manners::Strict | Manners::Canvas => "application/json; charset=utf-8",
    };
    (
        status,
        [
            (header::CONTENT_TYPE, content_type),
            (header::CACHE_CONTROL, "no-store"),
        ],
        format!("{body:#}"),
    )
        .into_response()
}

pub(crate) struct TokenRefusal {
    error: &'static str,
    pub(crate) description: String,
}

fn refuse(error: &'static str, description: &str) -> TokenRefusal {
    TokenRefusal {
        error,
        description: description.to_owned(),
    }
}

async fn grant(lms: &DemoLms, headers: &HeaderMap, body: &[u8]) -> Result<Value, TokenRefusal> {
    let is_form = services::media_type(headers, header::CONTENT_TYPE)
        .is_some_and(|media_type| media_type == "application/x-www-form-urlencoded");
    if !is_form {
        return Err(refuse("invalid_request", ""));
    }
    let fields: BTreeMap<String, String> = form_urlencoded::parse(body).into_owned().collect();
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    if field("grant_type") != "client_credentials" {
        return Err(refuse("unsupported_grant_type", ""));
    }
    if field("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
        return Err(refuse("invalid_request", ""));
    }
    if lms.state().tokens_refused {
        return Err(refuse("invalid_client", "Unknown client"));
    }
    let claims = verified_claims(lms, field("client_assertion")).await?;
    check_claims(lms, &claims)?;
    let (roster_off, grade_scopes) = {
        let state = lms.state();
        (state.roster_off, state.grade_scopes.clone())
    };
    let scopes: Vec<String> = field("scope")
        .split_whitespace()
        .filter(|scope| {
            grade_scopes.contains(scope)
                || *scope == services::ROSTER_SCOPE
                // Neither Moodle nor Canvas has the service.
                || (*scope == services::GROUP_SCOPE && lms.settings().manners == Manners::Strict)
        })
        .filter(|scope| !(roster_off && *scope == services::ROSTER_SCOPE))
        .map(str::to_owned)
        .collect();
    if scopes.is_empty() {
        return Err(refuse("invalid_scope", ""));
    }
    let access_token = random_word().map_err(|_| refuse("server_error", ""))?;
    // Strict tokens are short, so that a tool that never renews its token is found out.
    let lifetime = match lms.settings().manners {
        Manners::Strict => 120,
        Manners::Moodle | Manners::Canvas => 3600,
    };
    let answer = json!({
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": lifetime,
        "scope": scopes.join(" "),
    });
    lms.state().tokens.insert(
        access_token,
        AccessToken {
            scopes,
            expires: lms.now() + TimeDelta::seconds(lifetime),
        },
    );
    Ok(answer)
}

/// Claims of a JWT that the tool signed with a key of its key set.
pub(crate) async fn verified_claims(lms: &DemoLms, assertion: &str) -> Result<Value, TokenRefusal> {
    let invalid = |description: &str| refuse("invalid_client", description);
    let header = jsonwebtoken::decode_header(assertion)
        .map_err(|_| invalid("The client assertion is no signed JWT"))?;
    if header.alg != Algorithm::RS256 {
        return Err(invalid("Incorrect key for this algorithm"));
    }
    let key_id = header
        .kid
        .ok_or_else(|| invalid("error/Error: kid must be provided in JWT header."))?;
    let unreachable = |_| invalid("The tool's key set could not be fetched");
    let keys: JwkSet = lms
        .inner
        .http
        .get(lms.tool().jwks_url)
        .send()
        .await
        .and_then(reqwest::Response::error_for_status)
        .map_err(unreachable)?
        .json()
        .await
        .map_err(unreachable)?;
    let key = keys
        .find(&key_id)
        .and_then(|jwk| DecodingKey::from_jwk(jwk).ok())
        .ok_or_else(|| invalid("The tool's key set has no key of that kid"))?;
    // The claims are checked by `check_claims`, against the platform's own clock.
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let token = jsonwebtoken::decode(assertion, &key, &validation)
        .map_err(|_| invalid("JWS signature invalid."))?;
    lms.state().assertion_kid = Some(key_id);
    Ok(token.claims)
}

/// Moodle looks at `sub`, `exp` and `iat` only, and at `iat` without any leeway.
fn check_claims(lms: &DemoLms, claims: &Value) -> Result<(), TokenRefusal> {
    let manners = lms.settings().manners;
    let now = lms.now().timestamp();
    let client_id = lms.tool().client_id;
    let client_id = client_id.as_str();
    let demand = |holds: bool, description: &str| {
        holds
            .then_some(())
            .ok_or_else(|| refuse("invalid_client", description))
    };
    if claims["sub"] != client_id {
        // Moodle finds the client by `sub`, so this is all it can say.
        let description = match manners {
            Manners::Moodle => "",
            Manners::Strict | Manners::Canvas => "the 'sub' is invalid",
        };
        return Err(refuse("invalid_client", description));
    }
    let issued = claims["iat"].as_i64();
    let expires = claims["exp"].as_i64();
    if manners == Manners::Moodle {
        demand(expires.is_none_or(|expires| expires > now), "Expired token")?;
        return demand(
            issued.is_none_or(|issued| issued <= now),
            "Cannot handle token with iat prior to now",
        );
    }
    let token_url = lms.token_url();
    let is_token_url = |value: &Value| value == token_url.as_str();
    let audience = &claims["aud"];
    demand(claims["iss"] == client_id, "the 'iss' is invalid")?;
    demand(
        is_token_url(audience)
            || audience
                .as_array()
                .is_some_and(|values| values.iter().any(is_token_url)),
        "the 'aud' is invalid",
    )?;
    demand(
        expires.is_some_and(|expires| expires > now),
        "the JWT has expired",
    )?;
    let leeway = match manners {
        Manners::Canvas => 30,
        Manners::Strict | Manners::Moodle => 60,
    };
    demand(
        issued.is_some_and(|issued| issued <= now + leeway && issued >= now - 300),
        "the 'iat' is invalid",
    )?;
    let id = claims["jti"].as_str().filter(|id| !id.is_empty());
    demand(id.is_some(), "the 'jti' is missing")?;
    let is_new = lms
        .state()
        .assertion_ids
        .insert(id.unwrap_or_default().to_owned());
    // Canvas takes the same assertion twice.
    demand(
        is_new || manners == Manners::Canvas,
        "the 'jti' was used already",
    )
}
