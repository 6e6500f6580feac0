// The shown request in the words of other clients.

const SERVICE = "mfn.MFNSimulationService";
// Answers above this are more than grpcurl takes unless it is told.
const GRPCURL_TAKES_BYTES = 4 * 2 ** 20;

// `parameters` by their names on the wire; `address` is the page's URL; `signed` says
// whether calls need a key, which is then read from the variable MFN_API_KEY.
export function snippets(parameters, address, signed) {
  const secure = address.protocol === "https:";
  const port = address.port || (secure ? "443" : "80");
  const host = `${address.hostname}:${port}`;
  return {
    grpcurl: grpcurl(parameters, host, secure, signed),
    curl: curl(parameters, address.origin, signed),
    python: python(parameters, host, secure, signed),
    rust: rust(parameters, address.origin, signed),
  };
}

function grpcurl(parameters, host, secure, signed) {
  const method = `${SERVICE}/StreamSimulation`;
  const flags = [];
  if (!secure) flags.push("-plaintext");
  if ((parameters.grid_size ?? 64) ** 2 * 8 >= GRPCURL_TAKES_BYTES) flags.push("-max-msg-sz 100000000");
  if (signed) flags.push(`$(mfn sign ${method})`);
  return `${exported(signed)}grpcurl ${flags.map((flag) => `${flag} `).join("")}-d '${json(parameters)}' \\
    ${host} ${method}`;
}

function curl(parameters, origin, signed) {
  const { stream_interval: _, ...unary } = parameters;
  const method = `${SERVICE}/RunSimulation`;
  return `# one answer, which is the last frame of the stream
${exported(signed)}curl ${signed ? `$(mfn sign ${method}) ` : ""}--json '${json(unary)}' \\
    ${origin}/${method}`;
}

function python(parameters, host, secure, signed) {
  const options = secure ? ", use_tls=True" : "";
  const lines = Object.entries({ ...parameters, include_field: true }).map(
    ([name, value]) => `        ${name}=${value === true ? "True" : value},\n`,
  );
  return `from mycelium_fractal_net.grpc import MFNClientSync

${signed ? "# The key is that of the variable MFN_API_KEY.\n" : ""}with MFNClientSync("${host}"${options}) as client:
    frames = client.stream_simulation(
${lines.join("")}    )
    for frame in frames:
        print(frame.step, frame.pot_mean_mV, frame.field.shape)
`;
}

function rust(parameters, origin, signed) {
  const lines = Object.entries({ ...parameters, include_field: true }).map(
    ([name, value]) => `    ${name}: ${rustValue(name, value)},\n`,
  );
  return `use futures_util::TryStreamExt as _;
use mfn_client::{Client, SimulationStreamRequest};

let client = Client::builder("${origin}")${signed ? '\n    .api_key(std::env::var("MFN_API_KEY")?)\n    ' : ""}.build()?;
let mut frames = client.stream_simulation(SimulationStreamRequest {
${lines.join("")}    ..Default::default()
});
while let Some(frame) = frames.try_next().await? {
    println!("step {}: {} mV on average", frame.step, frame.pot_mean_m_v);
}
`;
}

function rustValue(name, value) {
  if (name === "alpha") return double(value);
  return name === "spike_probability" ? `Some(${double(value)})` : value;
}

function double(value) {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

function json(parameters) {
  return JSON.stringify({ ...parameters, include_field: true });
}

function exported(signed) {
  return signed ? "export MFN_API_KEY=…\n" : "";
}
