//! Headers that tonic must not see as they come.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use http::{HeaderMap, HeaderValue, Response};
use http_body_util::BodyExt as _;
use tonic::body::Body;
use tonic::transport::Channel;
use tower::ServiceExt as _;
use tower::util::MapResponse;

const DETAILS: &str = "grpc-status-details-bin";
/// With or without padding, as tonic reads it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A channel whose answers have readable details, or none.
pub(crate) type SoundChannel = MapResponse<Channel, fn(Response<Body>) -> Response<Body>>;

/// tonic panics where the details of an error are not base64, and anyone may be the server.
pub(crate) fn sound(channel: Channel) -> SoundChannel {
    channel.map_response(without_unreadable_details)
}

fn without_unreadable_details(mut response: Response<Body>) -> Response<Body> {
    remove_unreadable(response.headers_mut());
    response.map(|body| {
        Body::new(body.map_frame(|mut frame| {
            if let Some(trailers) = frame.trailers_mut() {
                remove_unreadable(trailers);
            }
            frame
        }))
    })
}

fn remove_unreadable(headers: &mut HeaderMap) {
    let is_readable = |value: &HeaderValue| BASE64.decode(value.as_bytes()).is_ok();
    if headers.get(DETAILS).is_some_and(|value| !is_readable(value)) {
        headers.remove(DETAILS);
    }
}
