//! Servers that are wrong in one thing each.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::{Bytes, BytesMut};
use conformance::case::Profile;
use http::{HeaderValue, StatusCode};
use mfn_proto::{
    FeatureFrame, FeatureResponse, FeatureStreamRequest, SimulationFrame, SimulationRequest,
    SimulationResult, ValidationResult,
};
use prost::Message as _;
use tonic_types::pb;

use crate::edits::{DETAILS, PREFIX_BYTES, edit, edit_detail, edit_details, edit_each, edit_info};
use crate::proxy::Alter;

/// A key of the reference that the proxies stand in front of.
pub(crate) const KEY: &str = "a-key-that-nobody-is-told";

/// A server that is wrong in one thing.
pub(crate) struct Defect {
    /// What is wrong.
    pub(crate) name: &'static str,
    /// A profile that is to notice.
    pub(crate) profile: Profile,
    /// The tests of it that are run, as a pattern of names.
    pub(crate) tests: &'static str,
    /// Whether the reference behind it has [`KEY`].
    pub(crate) has_key: bool,
    pub(crate) alter: Alter,
}

const fn open(name: &'static str, profile: Profile, tests: &'static str, alter: Alter) -> Defect {
    Defect { name, profile, tests, has_key: false, alter }
}

const fn keyed(name: &'static str, profile: Profile, tests: &'static str, alter: Alter) -> Defect {
    Defect { name, profile, tests, has_key: true, alter }
}

/// All of them.
pub(crate) const ALL: &[Defect] = &[
    // What the proxy does to every stream, whatever it alters.
    open("all frames come at the end", Profile::Streams, "computed", |_, _| {}),
    open("growth events fall", Profile::Streams, "growth", |call, reply| {
        edit::<SimulationFrame>(call, reply, "StreamSimulation", |frames| {
            let last = frames.len() - 1;
            let growth: Vec<_> = frames.iter().map(|frame| frame.growth_events).collect();
            for (frame, growth) in frames[..last].iter_mut().zip(growth.into_iter().rev()) {
                frame.growth_events = growth;
            }
        });
    }),
    open("two frames are final", Profile::Streams, "no-rest", |call, reply| {
        edit::<SimulationFrame>(call, reply, "StreamSimulation", |frames| {
            let count = frames.len();
            frames.iter_mut().skip(count - 2).for_each(|frame| frame.is_final = true);
        });
    }),
    open("two frames change places", Profile::Streams, "every-step", |call, reply| {
        edit::<FeatureFrame>(call, reply, "StreamFeatures", |frames| frames.swap(0, 1));
    }),
    open("the last frame comes twice", Profile::Streams, "every-step", |call, reply| {
        edit::<FeatureFrame>(call, reply, "StreamFeatures", |frames| {
            frames.extend(frames.last().cloned());
        });
    }),
    open(
        "extremes change places for grid 11",
        Profile::Numeric,
        "draws/simulation",
        |call, reply| {
            let request = SimulationRequest::decode(&call.body[PREFIX_BYTES..]);
            if request.is_ok_and(|request| request.grid_size == 11) {
                edit_each::<SimulationResult>(call, reply, "RunSimulation", |result| {
                    std::mem::swap(&mut result.pot_min_m_v, &mut result.pot_max_m_v);
                });
            }
        },
    ),
    open(
        "negative seeds are one unit off in frames",
        Profile::Exact,
        "draws/feature-frames",
        |call, reply| {
            let request = FeatureStreamRequest::decode(&call.body[PREFIX_BYTES..]);
            if request.is_ok_and(|request| request.seed < 0) {
                edit_each::<FeatureFrame>(call, reply, "StreamFeatures", |frame| {
                    frame.hurst_exponent = frame.hurst_exponent.next_up();
                });
            }
        },
    ),
    open("large counts are one too many", Profile::Numeric, "draws/features", |call, reply| {
        edit_each::<FeatureResponse>(call, reply, "ExtractFeatures", |response| {
            response.active_nodes += i32::from(response.active_nodes > 20_000);
        });
    }),
    open("a validation has no meta", Profile::Wire, "wire/*", |call, reply| {
        edit_each::<ValidationResult>(call, reply, "ValidatePattern", |result| {
            result.meta = None;
        });
    }),
    open("features have no meta", Profile::Wire, "wire/*", |call, reply| {
        edit_each::<FeatureResponse>(call, reply, "ExtractFeatures", |response| {
            response.meta = None;
        });
    }),
    open("meta lacks the version", Profile::Extras, "names-the-spec", |call, reply| {
        edit::<SimulationResult>(call, reply, "RunSimulation", |results| {
            results.iter_mut().flat_map(|result| &mut result.meta).for_each(|meta| {
                meta.meta.remove("spec");
            });
        });
    }),
    open("ids are in small letters", Profile::Wire, "wire/*", |call, reply| {
        edit::<SimulationResult>(call, reply, "RunSimulation", |results| {
            let ids = results.iter_mut().map(|result| &mut result.request_id);
            ids.for_each(|id| id.make_ascii_lowercase());
        });
    }),
    open("ids are cut after 64 bytes", Profile::Wire, "wire/*", |call, reply| {
        edit::<FeatureFrame>(call, reply, "StreamFeatures", |frames| {
            for id in frames.iter_mut().map(|frame| &mut frame.request_id) {
                *id = id.chars().take(64).collect();
            }
        });
    }),
    open("a unary call has two answers", Profile::Wire, "wire/*", |call, reply| {
        edit::<ValidationResult>(call, reply, "ValidatePattern", |results| {
            results.extend(results.last().cloned());
        });
    }),
    open("errors have no content type", Profile::Errors, "errors/*", |_, reply| {
        if reply.is_error() {
            reply.headers.remove("content-type");
        }
    }),
    open("errors are text/plain", Profile::Errors, "errors/*", |_, reply| {
        if reply.is_error() {
            reply.headers.insert("content-type", HeaderValue::from_static("text/plain"));
        }
    }),
    open("errors have HTTP status 500", Profile::Errors, "errors/*", |_, reply| {
        if reply.is_error() {
            reply.status = StatusCode::INTERNAL_SERVER_ERROR;
        }
    }),
    open("errors have no x-request-id", Profile::Errors, "errors/*", |_, reply| {
        if reply.is_error() {
            reply.headers.remove("x-request-id");
            reply.last_headers().remove("x-request-id");
        }
    }),
    open(
        "x-request-id is another one than among the details",
        Profile::Errors,
        "errors/*",
        |_, reply| {
            if reply.is_error() {
                let other = HeaderValue::from_static("another");
                reply.last_headers().insert("x-request-id", other);
            }
        },
    ),
    open("errors have no message", Profile::Errors, "errors/*", |_, reply| {
        reply.last_headers().remove("grpc-message");
    }),
    open("messages are encoded twice", Profile::Errors, "errors/*", |_, reply| {
        let headers = reply.last_headers();
        if let Some(message) = headers.get("grpc-message").and_then(|m| m.to_str().ok()) {
            let twice = message.replace('%', "%25").replace(' ', "%20").replace("%20", "%2520");
            headers.insert("grpc-message", twice.parse().expect("a value"));
        }
    }),
    open("details have no domain", Profile::Errors, "errors/*", |_, reply| {
        edit_info(reply, |info| info.domain.clear());
    }),
    open("details have the code of another error", Profile::Errors, "errors/*", |_, reply| {
        edit_details(reply, |status| status.code = 2);
    }),
    open("details have another message", Profile::Errors, "errors/*", |_, reply| {
        edit_details(reply, |status| status.message.clear());
    }),
    open("ErrorInfo comes twice", Profile::Errors, "errors/*", |_, reply| {
        edit_details(reply, |status| status.details.extend(status.details.first().cloned()));
    }),
    open("violations come twice", Profile::Errors, "errors/*", |_, reply| {
        edit_detail::<pb::BadRequest>(reply, "BadRequest", |bad| {
            bad.field_violations.extend(bad.field_violations.first().cloned());
        });
    }),
    open("violations have no description", Profile::Errors, "errors/*", |_, reply| {
        edit_detail::<pb::BadRequest>(reply, "BadRequest", |bad| {
            bad.field_violations.iter_mut().for_each(|one| one.description.clear());
        });
    }),
    open(
        "the id of a request is empty among the details",
        Profile::Errors,
        "errors/*",
        |_, reply| {
            edit_detail::<pb::RequestInfo>(reply, "RequestInfo", |info| info.request_id.clear());
        },
    ),
    open(
        "the health of the unknown is unimplemented",
        Profile::Extras,
        "health/check-unknown",
        |call, reply| {
            let is_not_found =
                reply.last_headers().get("grpc-status").is_some_and(|code| code == "5");
            if call.path.contains("Health") && is_not_found {
                reply.last_headers().insert("grpc-status", HeaderValue::from_static("12"));
            }
        },
    ),
    open("OK has no trailers", Profile::Wire, "wire/*", |_, reply| {
        if let Some(trailers) = reply.trailers.take() {
            reply.headers.extend(trailers);
        }
    }),
    open("nothing says OK", Profile::Wire, "wire/*", |_, reply| {
        if !reply.is_error() {
            reply.last_headers().remove("grpc-status");
        }
    }),
    open("answers are gRPC-Web", Profile::Wire, "wire/*", |_, reply| {
        let web = HeaderValue::from_static("application/grpc-web+proto");
        reply.headers.insert("content-type", web);
    }),
    open("messages say that they are compressed", Profile::Wire, "wire/*", |_, reply| {
        let mut body = BytesMut::from(&*reply.body);
        if let Some(flag) = body.first_mut() {
            *flag = 1;
        }
        reply.body = body.freeze();
    }),
    open("an answer has two ids", Profile::Extras, "extras/*", |_, reply| {
        let headers = reply.last_headers();
        headers.append("x-request-id", HeaderValue::from_static("another"));
    }),
    open("the headers have a status too", Profile::Wire, "wire/*", |_, reply| {
        reply.headers.insert("grpc-status", HeaderValue::from_static("0"));
    }),
    open("an error comes after a message", Profile::Errors, "errors/*", |_, reply| {
        if reply.is_error() && reply.trailers.is_none() {
            let status = ["grpc-status", "grpc-message", DETAILS, "x-request-id"];
            let moved = status.iter().filter_map(|name| {
                Some((http::HeaderName::from_static(name), reply.headers.remove(*name)?))
            });
            reply.trailers = Some(moved.collect());
            reply.body = Bytes::from_static(&[0; PREFIX_BYTES]);
        }
    }),
    open("fields are named in capital letters", Profile::Errors, "errors/*", |_, reply| {
        edit_detail::<pb::BadRequest>(reply, "BadRequest", |bad| {
            bad.field_violations.iter_mut().for_each(|one| one.field.make_ascii_uppercase());
        });
    }),
    keyed(
        "an unknown method tells the key",
        Profile::Auth,
        "authentication/secrecy",
        |_, reply| {
            if reply.last_headers().get("grpc-status").is_some_and(|code| code == "12") {
                let message = format!("there is no such method for {KEY}");
                reply.last_headers().insert("grpc-message", message.parse().expect("a value"));
            }
        },
    ),
    keyed(
        "a part of the key is in a header of every answer",
        Profile::Wire,
        "wire/*",
        |_, reply| {
            reply.headers.insert("x-caller", HeaderValue::from_static(KEY.split_at(20).0));
        },
    ),
    keyed("the key is in base64 among the details", Profile::Errors, "errors/*", |_, reply| {
        edit_info(reply, |info| {
            info.metadata.insert("caller".to_owned(), STANDARD_NO_PAD.encode(KEY));
        });
    }),
    keyed("a detail that nobody knows has the key", Profile::Errors, "errors/*", |_, reply| {
        edit_details(reply, |status| {
            let mut unknown = status.details[0].clone();
            (unknown.type_url, unknown.value) = ("type.example/Caller".to_owned(), KEY.into());
            status.details.push(unknown);
        });
    }),
    keyed("the key is in the meta of an answer", Profile::Wire, "wire/*", |call, reply| {
        edit::<SimulationResult>(call, reply, "RunSimulation", |results| {
            for meta in results.iter_mut().flat_map(|result| &mut result.meta) {
                meta.meta.insert("caller".to_owned(), KEY.to_owned());
            }
        });
    }),
];
