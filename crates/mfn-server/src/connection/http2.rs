//! HTTP/2 with every limit set.

use hyper::server::conn::http2::Builder;

use super::stream_tasks::StreamTasks;
use crate::config::Config;

/// Longest list of a request's headers that the library takes. What is longer than
/// it should be (`layers/protocol`) is refused with a line in the audit; what is
/// longer than this is refused by the library, which tells nobody.
const MAX_HEADER_LIST_BYTES: u32 = 24 * 1024;
/// What a client may send on a stream before this side has read any of it. A long
/// message takes a way there and back for each window, which is why it is as large
/// as that of all streams.
const STREAM_WINDOW_BYTES: u32 = CONNECTION_WINDOW_BYTES;
/// The same of all streams of a connection, which bounds what it can have sent. The
/// transport takes it as a measure of how many small pieces a client may send, too.
const CONNECTION_WINDOW_BYTES: u32 = 1024 * 1024;
/// What is held of an answer, beyond its last piece, while its reader is slow.
const SEND_BUFFER_BYTES: usize = 64 * 1024;
/// Streams of one connection that this side may reset for the peer's errors
/// before the connection is ended with `ENHANCE_YOUR_CALM` (CVE-2025-8671). The
/// count never falls, so long before it ends a connection, the connection is asked
/// to go (`sent_resets`).
pub(super) const MAX_LOCAL_ERROR_RESET_STREAMS: usize = 4096;

/// Limits are set even where a default would do: a transport without them falls
/// to floods of streams, of resets, or of headers. Each connection has a timer of its
/// own besides.
pub(super) fn builder(config: &Config) -> Builder<StreamTasks> {
    let mut http2 = Builder::new(StreamTasks);
    http2
        .max_concurrent_streams(config.max_concurrent_streams)
        // An honest client may cancel all its calls at once (CVE-2023-44487 makes
        // thousands of it).
        .max_pending_accept_reset_streams(config.max_concurrent_streams as usize)
        .max_local_error_reset_streams(MAX_LOCAL_ERROR_RESET_STREAMS)
        .max_header_list_size(MAX_HEADER_LIST_BYTES)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_send_buf_size(SEND_BUFFER_BYTES)
        .keep_alive_interval(config.keepalive_time)
        .keep_alive_timeout(config.keepalive_timeout)
        // Nobody caches the answer to a call.
        .auto_date_header(false);
    http2
}
