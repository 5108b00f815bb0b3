/** As `fetch`, which does not say how much of a body is on its way. `onSent`: from 0 to 1. */
export function sent(request: Request, body: Blob, onSent: (share: number) => void, signal: AbortSignal): Promise<Response> {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open(request.method, request.url);
    request.headers.forEach((value, name) => call.setRequestHeader(name, value));
    call.upload.onprogress = ({ loaded, total }) => onSent(total > 0 ? loaded / total : 0);
    call.onload = () => resolve(new Response(call.response as string, { status: call.status, statusText: call.statusText, headers: headersOf(call) }));
    call.onerror = () => reject(new TypeError('The connection broke off.'));
    call.onabort = () => reject(new DOMException('It was given up.', 'AbortError'));
    signal.addEventListener('abort', () => call.abort(), { once: true });
    if (signal.aborted) call.abort();
    else call.send(body);
  });
}

function headersOf(call: XMLHttpRequest): Headers {
  const lines = call.getAllResponseHeaders().split('\r\n').filter((line) => line.includes(':'));
  return new Headers(lines.map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
}
