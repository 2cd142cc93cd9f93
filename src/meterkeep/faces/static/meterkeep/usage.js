// Draws the hourly line and names the hour under the pointer. The page is whole without it: the table has every number.
(function () {
  "use strict";
  const chart = JSON.parse(document.getElementById("usage-chart").textContent);
  drawLine(document.querySelector("[data-line]"));
  readHours(document.querySelector("[data-heat] svg"), document.querySelector("[data-readout]"));

  function drawLine(place) {
    const language = document.documentElement.lang;
    const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: chart.zone });
    const hour = new Intl.DateTimeFormat(language, {
      weekday: "short", day: "numeric", month: "short", hour: "numeric", timeZone: chart.zone,
    });
    const lines = chart.lines.map((line) => ({
      label: line.name,
      stroke: line.colour,
      fill: line.colour + "1c",
      width: 1.5,
      points: { show: false },
      value: (_, value) => (value === null ? "–" : value.toFixed(2) + " " + chart.unit),
    }));
    const axis = { stroke: "#3d4551", grid: { stroke: "#eceef1" }, font: "14px Source Sans Pro Web, sans-serif" };
    const size = () => ({ width: place.clientWidth, height: 240 });
    const plot = new uPlot(
      {
        ...size(),
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), chart.zone),
        series: [{ label: chart.time, value: (_, seconds) => (seconds === null ? "–" : hour.format(seconds * 1000)) }, ...lines],
        axes: [
          { ...axis, space: 70, values: (_, at) => at.map((s) => day.format(s * 1000)) },
          { ...axis, label: chart.unit, labelFont: axis.font, size: 50 },
        ],
        cursor: { y: false },
      },
      [chart.starts, ...chart.lines.map((line) => line.values)],
      place,
    );
    window.addEventListener("resize", () => plot.setSize(size()));
  }

  function readHours(picture, readout) {
    const { left, width, height, tops } = chart.cells;
    picture.addEventListener("pointermove", (event) => {
      const scale = picture.viewBox.baseVal.width / picture.clientWidth;
      const box = picture.getBoundingClientRect();
      const column = Math.floor(((event.clientX - box.left) * scale - left) / width);
      const y = (event.clientY - box.top) * scale;
      const row = tops.findIndex((top) => y >= top && y < top + height);
      readout.textContent = chart.readings[row + "," + column] || "\u00a0";
    });
  }
})();
