// ECharts as SVG, from a JSON script beside the chart; colours come from the tokens, so that both schemes and print agree.
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, LineChart, AriaComponent, GridComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const LEVELS = ["l0-fill", "l1-fill", "l2-fill", "l3-fill", "l4-fill"];

function base(given) {
  const text = { color: token("ink-3"), fontSize: 12, fontFamily: getComputedStyle(document.body).fontFamily };
  return {
    animation: false,
    textStyle: text,
    aria: { enabled: true, label: { description: given.description ?? "" } },
    grid: { left: 8, right: given.right ?? 64, top: 16, bottom: 8, containLabel: true },
    tooltip: { trigger: "axis", renderMode: "richText", backgroundColor: token("raised"), borderColor: token("line-2"), textStyle: { color: token("ink"), fontSize: 12 }, axisPointer: { type: "line", lineStyle: { color: token("line-2") } } },
    xAxis: { type: "category", data: given.labels, axisLine: { lineStyle: { color: token("line-2") } }, axisTick: { show: false }, axisLabel: text },
    yAxis: { type: "value", minInterval: 1, axisLabel: text, splitLine: { lineStyle: { color: token("line") } } },
  };
}

function series(given) {
  return given.series.map((one) => {
    const color = one.level === undefined ? token("accent") : token(LEVELS[one.level]);
    const common = { name: one.name, data: one.values, itemStyle: { color }, emphasis: { disabled: true }, markLine: marks(given, one) };
    if (given.kind === "stack") return { ...common, type: "bar", stack: "all", barMaxWidth: 28 };
    const end = { show: true, formatter: "{a}", color: token("ink-2"), distance: 6 };
    return { ...common, type: "line", symbol: "circle", symbolSize: 5, showSymbol: given.labels.length < 20, lineStyle: { color, width: 2, type: one.dash ? "dashed" : "solid" }, endLabel: end, connectNulls: false, labelLayout: { moveOverlap: "shiftY" } };
  });
}

function marks(given, one) {
  if (one !== given.series[0]) return undefined;
  const events = (given.events ?? []).map((event) => ({ xAxis: event.at, label: { formatter: event.name, color: token("ink-3"), fontSize: 11 } }));
  const threshold = given.threshold === undefined ? [] : [{ yAxis: given.threshold, label: { formatter: given.threshold_name ?? "", color: token("ink-3"), fontSize: 11 } }];
  return events.length + threshold.length ? { symbol: "none", silent: true, lineStyle: { color: token("ink-4"), type: "dashed" }, data: [...events, ...threshold] } : undefined;
}

export function draw(scope) {
  for (const place of scope.querySelectorAll("[data-chart]:not([data-drawn])")) {
    place.dataset.drawn = "";
    const given = JSON.parse(document.getElementById(place.dataset.chart).textContent);
    const chart = init(place, null, { renderer: "svg" });
    const paint = () => chart.setOption({ ...base(given), series: series(given) });
    paint();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint); // the tokens have changed under it
    chart.on("click", (event) => { const link = given.links?.[event.dataIndex]; if (link) window.location.assign(link); });
    new ResizeObserver(() => chart.resize()).observe(place);
  }
}
