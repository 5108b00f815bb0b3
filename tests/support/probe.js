// Runs before a page's own scripts, after frame_code.js: `window.probe` tells tests about the page's media.
(() => {
  const peers = [];
  window.RTCPeerConnection = new Proxy(RTCPeerConnection, {
    construct(target, rest) {
      const peer = new target(...rest);
      peers.push(peer);
      peer.addEventListener("connectionstatechange", () => {
        if (peer.connectionState === "connected") window.probe.connectedAt ??= Date.now() / 1000;
      });
      return peer;
    },
  });
  const open = () => peers.filter((peer) => peer.connectionState !== "closed");
  const levels = new Map();
  let audio;

  async function stats() {
    const sum = { framesDecoded: 0, framesReceived: 0, framesSent: 0, packetsReceived: 0, packetsLost: 0 };
    for (const peer of open())
      for (const one of (await peer.getStats()).values())
        if (one.kind === "video" && (one.type === "inbound-rtp" || one.type === "outbound-rtp"))
          for (const name of Object.keys(sum)) sum[name] += one[name] ?? 0;
    return sum;
  }

  function video() {
    const shown = [...document.querySelectorAll("video")].filter((one) => one.videoWidth > 0);
    return shown.sort((a, b) => b.clientWidth - a.clientWidth)[0];
  }

  function level() {
    audio ??= new AudioContext();
    let loudest = 0;
    for (const peer of open())
      for (const { track } of peer.getReceivers()) {
        if (track.kind !== "audio" || track.readyState !== "live") continue;
        if (!levels.has(track.id)) {
          const meter = audio.createAnalyser();
          meter.fftSize = 32768;
          audio.createMediaStreamSource(new MediaStream([track])).connect(meter);
          levels.set(track.id, meter);
        }
        const samples = new Float32Array(32768);
        levels.get(track.id).getFloatTimeDomainData(samples);
        const power = samples.reduce((sum, one) => sum + one * one, 0) / samples.length;
        loudest = Math.max(loudest, Math.sqrt(power));
      }
    return loudest;
  }

  async function read(track, until, hear) {
    const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
    while (performance.now() < until) {
      const { value, done } = await reader.read();
      if (done) break;
      hear(value, performance.now());
      value.close();
    }
    await reader.cancel();
    track.stop();
  }

  function loudness(data, hz) {
    const samples = new Float32Array(data.numberOfFrames);
    data.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
    let [re, im] = [0, 0];
    samples.forEach((one, at) => {
      re += one * Math.cos((2 * Math.PI * hz * at) / data.sampleRate);
      im += one * Math.sin((2 * Math.PI * hz * at) / data.sampleRate);
    });
    return Math.hypot(re, im) / samples.length;
  }

  // What is captured for sending, for some seconds: [[time, number]] and [[time, loudness at this pitch]].
  async function captured(seconds, hz) {
    const sent = open().flatMap((peer) => peer.getSenders()).map(({ track }) => track)
      .filter((track) => track && track.readyState === "live");
    const until = performance.now() + 1000 * seconds;
    const [frames, sounds] = [[], []];
    await Promise.all(sent.map((track) => track.kind === "video"
      ? read(track.clone(), until, (frame, now) => frames.push([now / 1000, readFrame(frame)]))
      : read(track.clone(), until, (data, now) => sounds.push([now / 1000, loudness(data, hz)]))));
    return { frames, sounds };
  }

  window.probe = { connectedAt: undefined, stats, level, captured, number: () => (video() ? readFrame(video()) : null) };
})();
