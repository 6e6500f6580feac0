//! What the server answers beside gRPC.

use clap::Args;
use mfn_server::{Origins, WebSettings};

use super::values::{boolean, origins};
use crate::failure::Failure;

/// The settings of the web.
#[derive(Debug, Args)]
pub(super) struct WebFlags {
    /// Answer gRPC-Web, Connect and JSON too, over HTTP/1.1 and HTTP/2
    #[arg(long, env = "MFN_GRPC_WEB", hide_env_values = true, value_name = "BOOL")]
    #[arg(num_args = 0..=1, default_missing_value = "true")]
    #[arg(default_value = "true", value_parser = boolean, action = clap::ArgAction::Set)]
    web: bool,

    /// Show browsers a page at / [default: true on a loopback address, else false]
    #[arg(long, env = "MFN_GRPC_WEB_PAGE", hide_env_values = true, value_name = "BOOL")]
    #[arg(num_args = 0..=1, default_missing_value = "true", value_parser = boolean)]
    web_page: Option<bool>,

    /// Origins whose pages may call, with commas between them; * for all, without keys only
    #[arg(long, env = "MFN_GRPC_CORS_ORIGINS", hide_env_values = true, value_name = "ORIGINS")]
    #[arg(value_parser = origins)]
    cors_origins: Option<Origins>,
}

impl WebFlags {
    /// What is answered by a server that listens on a loopback address, or does not, and
    /// that has keys, or has none.
    ///
    /// # Errors
    /// What is given does not go together.
    pub(super) fn settings(
        &self,
        is_loopback: bool,
        has_keys: bool,
    ) -> Result<Option<WebSettings>, Failure> {
        let origins = self.cors_origins.clone().unwrap_or_else(Origins::none);
        if origins.are_all() && has_keys {
            return Err(Failure::Usage(
                "MFN_GRPC_CORS_ORIGINS (--cors-origins) is *, and there are keys: name the origins \
                 whose pages may sign calls"
                    .to_owned(),
            ));
        }
        let has_page = self.web_page.unwrap_or(is_loopback);
        Ok(self.web.then_some(WebSettings { origins, has_page }))
    }
}
