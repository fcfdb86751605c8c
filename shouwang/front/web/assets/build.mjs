// Builds app.js, charts.js, app.css and icons.svg into ../static/dist. Sources are kept small enough to read; nothing is fetched.
import { build } from "esbuild";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../../../..");
const out = join(here, "../static/dist");

// dark.css is written once and serves both the reader's explicit choice and the system's; on paper it is always light.
const dark = {
  name: "dark",
  setup(build) {
    build.onLoad({ filter: /css\/dark\.css$/ }, ({ path }) => {
      const body = readFileSync(path, "utf8").replace(/\/\*[\s\S]*?\*\//g, "").trim().replace(/^:root\s*\{/, "").replace(/\}$/, "");
      const contents = `@media screen and (prefers-color-scheme: dark) { html:not([data-theme="light"]) {${body}} }
        @media screen { html[data-theme="dark"] {${body}} }`;
      return { contents, loader: "css" };
    });
  },
};

function sprite() {
  const names = readFileSync(join(here, "icons.txt"), "utf8").split("\n").map((line) => line.trim()).filter((line) => line && !line.startsWith("#"));
  const symbols = names.map((name) => {
    const svg = readFileSync(join(root, "node_modules/@tabler/icons/icons/outline", `${name}.svg`), "utf8");
    const paths = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>")).replace(/\s*\n\s*/g, "");
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${paths}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
await build({
  entryPoints: { app: join(here, "js/app.js"), charts: join(here, "js/charts.js"), "app-css": join(here, "css/app.css") },
  entryNames: "[name]",
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  splitting: true,
  chunkNames: "part-[hash]",
  target: ["chrome100", "firefox100", "safari15.4"],
  plugins: [dark],
  legalComments: "linked",
  logLevel: "warning",
});
writeFileSync(join(out, "app.css"), readFileSync(join(out, "app-css.css")));
rmSync(join(out, "app-css.css"));
writeFileSync(join(out, "icons.svg"), sprite());
