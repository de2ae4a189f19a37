// How the backtest's report looks: one style sheet for page and figures, light and dark.

export const REPORT_STYLE = `
:root { color-scheme: light dark; --ground: #fbfbf9; --card: #ffffff; --ink: #1d2126; --soft: #5d6670; --rule: #e3e5e2; --ours: #0b6e99; --rival: #b0692c; --bad: #b3261e; --good: #1d7a46; --breaker: #b3261e; --approval: #c98a00; --volume: #aab2b8; --edge: rgb(0 0 0 / .22); }
@media (prefers-color-scheme: dark) { :root { --ground: #14171a; --card: #1b1f23; --ink: #e7eaed; --soft: #9aa4ae; --rule: #2d3338; --ours: #58b7e0; --rival: #e0a06a; --bad: #ff8a80; --good: #6fd39a; --breaker: #ff6b60; --approval: #f0b93a; --volume: #59636b; --edge: rgb(255 255 255 / .3); } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', sans-serif; }
header, main, footer { max-width: 960px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 48px; }
h1 { margin: 0; font-size: 34px; letter-spacing: -0.02em; }
h2 { margin: 0 0 6px; font-size: 21px; letter-spacing: -0.01em; }
h3 { margin: 24px 0 6px; font-size: 16px; }
p { margin: 0 0 14px; color: var(--soft); max-width: 74ch; }
p b { color: var(--ink); }
.lead { font-size: 17px; }
.note { font-size: 14px; margin: 0 0 4px; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 20px 0 14px; }
.facts div { background: var(--card); border: 1px solid var(--rule); border-radius: 12px; padding: 14px 16px; }
.facts b { display: block; font-size: 24px; font-variant-numeric: tabular-nums; }
.facts span { color: var(--soft); font-size: 14px; }
section { background: var(--card); border: 1px solid var(--rule); border-radius: 16px; padding: 26px; margin: 20px 0; }
.split { display: grid; grid-template-columns: minmax(260px, 380px) 1fr; gap: 24px; align-items: center; }
@media (max-width: 760px) { .split { grid-template-columns: minmax(0, 1fr); } section { padding: 18px; } header, main, footer { padding-left: 12px; padding-right: 12px; } }
.split > * { min-width: 0; }
.scroll { overflow-x: auto; scrollbar-width: thin; background: linear-gradient(to right, var(--card) 40%, transparent) left / 40px 100% no-repeat local, linear-gradient(to left, var(--card) 40%, transparent) right / 40px 100% no-repeat local, linear-gradient(to right, var(--edge), transparent) left / 14px 100% no-repeat scroll, linear-gradient(to left, var(--edge), transparent) right / 14px 100% no-repeat scroll; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: 12.5px; }
th, td { padding: 7px 14px 7px 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
td { white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
.why { display: block; min-width: 22ch; max-width: 40ch; white-space: normal; }
tr:last-child td { border-bottom: 0; }
tr.strong td { font-weight: 650; }
small { display: block; color: var(--soft); font-weight: 400; }
td.refusal { color: var(--soft); font-style: italic; }
.better { color: var(--good); } .worse { color: var(--bad); }
figure { margin: 6px 0 18px; }
figcaption { color: var(--soft); font-size: 13.5px; }
.course-figure { margin-bottom: 8px; }
.key { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin: 0 5px 0 10px; }
.key.ours { background: var(--ours); } .key.rival { background: var(--rival); }
.key.breaker { background: var(--breaker); opacity: .35; } .key.approval { background: var(--approval); opacity: .45; }
svg { width: 100%; height: auto; display: block; font: 12px system-ui, sans-serif; } .wide svg { font-size: 10.5px; } .wide svg .name { font-size: 11.5px; }
@media (max-width: 760px) { .wide svg, .wide svg .name { font-size: 16px; } .wide svg { overflow: visible; } }
svg .grid { stroke: var(--rule); } svg .diagonal { stroke: var(--soft); stroke-dasharray: 4 4; }
svg text { fill: var(--soft); } svg .axis { font-size: 13px; } svg .name { fill: var(--ink); } svg .strong { font-weight: 650; }
svg .end { text-anchor: end; } svg .middle { text-anchor: middle; }
svg circle.ours { fill: var(--ours); } svg circle.rival { fill: var(--rival); } svg circle.thin { fill: var(--soft); }
svg .whisker { stroke-width: 1.5; opacity: .6; } svg .whisker.ours, svg .bar.ours { stroke: var(--ours); } svg .whisker.rival, svg .bar.rival { stroke: var(--rival); }
svg .bar { stroke-width: 5; stroke-linecap: round; } svg .bar.thin { stroke: var(--soft); stroke-width: 2; opacity: .7; }
svg .band.breaker { fill: var(--breaker); opacity: .22; } svg .band.approval { fill: var(--approval); opacity: .26; }
svg .volume { fill: var(--volume); opacity: .45; } svg .course { fill: none; stroke: var(--ours); stroke-width: 2; stroke-linejoin: round; }
footer { color: var(--soft); font-size: 14px; padding-bottom: 48px; }
code { font-family: ui-monospace, Menlo, monospace; font-size: .92em; }
`;
