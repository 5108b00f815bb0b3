const FLOOR_DB = -60; // quieter than this is silence

/** Loudness of a microphone from 0 (silence) to 1, called at each screen refresh until stopped. */
export function watchLevel(track: MediaStreamTrack, onLevel: (level: number) => void): () => void {
  const context = new AudioContext();
  const source = context.createMediaStreamSource(new MediaStream([track]));
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let frame = requestAnimationFrame(function measure() {
    analyser.getFloatTimeDomainData(samples);
    onLevel(levelOf(samples));
    frame = requestAnimationFrame(measure);
  });
  // Browsers start it suspended without a gesture; the next one wakes it.
  const wake = () => void context.resume();
  window.addEventListener('pointerdown', wake);
  window.addEventListener('keydown', wake);
  return () => {
    cancelAnimationFrame(frame);
    window.removeEventListener('pointerdown', wake);
    window.removeEventListener('keydown', wake);
    source.disconnect();
    void context.close();
  };
}

/** Root mean square of the samples, on a scale of decibels. */
export function levelOf(samples: Float32Array): number {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  if (power === 0) return 0;
  return Math.min(1, Math.max(0, 1 - (10 * Math.log10(power)) / FLOOR_DB));
}
