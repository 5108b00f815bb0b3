// `readFrame(source)`: the number in what a canvas can draw, or null; the twin of frame_code.read.
window.readFrame = (() => {
  const [columns, rows, cell] = [8, 4, 10];
  const canvas = new OffscreenCanvas(columns * cell, rows * cell);
  const paper = canvas.getContext("2d", { willReadFrequently: true });
  const corners = new Map([[0, 1], [7, 0], [24, 0], [31, 1]]);
  return (source) => {
    paper.drawImage(source, 0, 0, canvas.width, canvas.height);
    const { data } = paper.getImageData(0, 0, canvas.width, canvas.height);
    const cells = Array.from({ length: columns * rows }, (_, at) => {
      let sum = 0;
      const [left, top] = [(at % columns) * cell, Math.floor(at / columns) * cell];
      for (let y = 3; y < 7; y += 1)
        for (let x = 3; x < 7; x += 1) sum += data[4 * ((top + y) * canvas.width + left + x) + 1];
      return sum / 16;
    });
    const of = (bit) => [...corners].filter(([, one]) => one === bit).map(([at]) => cells[at]);
    const [white, black] = [Math.min(...of(1)), Math.max(...of(0))];
    if (white - black < 60) return null;
    const bits = cells.filter((_, at) => !corners.has(at)).map((one) => (one > (white + black) / 2 ? 1 : 0));
    const number = parseInt(bits.slice(0, 16).join(""), 2);
    return parseInt(bits.slice(16).join(""), 2) === ((number * 2741 + 1733) & 0xfff) ? number : null;
  };
})();
