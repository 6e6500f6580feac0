// What signs a call where the server has keys: HMAC-SHA256, keyed with the key, of
// the timestamp and the path of the method.

// Visible ASCII, as a key has to be.
const KEY = /^[\x21-\x7e]{1,256}$/;

// Whether the server that the page is from takes no call without a key.
export async function asksForKey() {
  try {
    const server = await fetch(new URL("server.json", import.meta.url));
    return (await server.json()).needs_key === true;
  } catch {
    // The first call will tell.
    return false;
  }
}

// Why a key cannot be used here; undefined where it can be.
export function obstacle(key) {
  if (key === "") return undefined;
  if (!globalThis.isSecureContext) {
    return "A browser signs only on a page that came by HTTPS or from localhost; by plain HTTP from elsewhere the key could be read on its way.";
  }
  return KEY.test(key) ? undefined : "A key is 1 to 256 visible ASCII characters.";
}

// The headers that sign a call; none without a key.
export async function credentials(key, method) {
  if (key === "") return {};
  const timestamp = (Date.now() / 1000).toFixed(3);
  const bytes = (text) => new TextEncoder().encode(text);
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const secret = await crypto.subtle.importKey("raw", bytes(key), hmac, false, ["sign"]);
  const signature = await crypto.subtle.sign(hmac, secret, bytes(`${timestamp}/${method}`));
  const hex = Array.from(new Uint8Array(signature), (byte) => byte.toString(16).padStart(2, "0"));
  return { "x-api-key": key, "x-timestamp": timestamp, "x-signature": hex.join("") };
}
