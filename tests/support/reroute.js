// A page learns the server's media address from candidates, in descriptions and by trickle. The page gets the
// relay's port instead, and tells none of its own addresses, so that a server which sends checks first cannot
// find a way around the relay. WebSockets to the server's ports go to the relay's too: `doors` maps one to the
// other.
(server, relay, doors) => {
  const line = /^(a=)?candidate:\S+ \d+ \S+ \d+ \S+ /i;
  const moved = (text) => text.split(/\r?\n/).map((one) =>
    line.test(one) ? one.replace(new RegExp(` ${server} typ `), ` ${relay} typ `) : one).join("\r\n");
  const silent = (text) => text.split(/\r?\n/).filter((one) => !line.test(one)).join("\r\n");
  const peer = RTCPeerConnection.prototype;
  const { setRemoteDescription, addIceCandidate, createOffer, createAnswer } = peer;
  peer.setRemoteDescription = function (description) {
    return setRemoteDescription.call(this, { type: description.type, sdp: moved(description.sdp) });
  };
  peer.addIceCandidate = function (candidate) {
    if (!candidate || !candidate.candidate) return addIceCandidate.call(this, candidate);
    const { sdpMid, sdpMLineIndex, usernameFragment } = candidate;
    return addIceCandidate.call(this,
      { candidate: moved(candidate.candidate), sdpMid, sdpMLineIndex, usernameFragment });
  };
  for (const [name, make] of [["createOffer", createOffer], ["createAnswer", createAnswer]]) {
    peer[name] = async function (...rest) {
      const made = await make.apply(this, rest);
      return { type: made.type, sdp: silent(made.sdp) };
    };
  }
  const own = Object.getOwnPropertyDescriptor(peer, "onicecandidate");
  Object.defineProperty(peer, "onicecandidate", {
    ...own,
    set(hear) {
      own.set.call(this, hear && ((event) => { if (!event.candidate) hear.call(this, event); }));
    },
  });
  window.WebSocket = new Proxy(WebSocket, {
    construct(target, [address, ...rest]) {
      const url = new URL(address, location.href);
      url.port = doors[url.port] ?? url.port;
      return new target(url, ...rest);
    },
  });
}
