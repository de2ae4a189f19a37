// How the reference looks: one quiet page, light or dark, that prints and reads well on a phone.

export const STYLE = `
:root{color-scheme:light dark;--bg:#fbfaf7;--card:#fff;--ink:#1c1b19;--soft:#66625a;--line:#e6e2d9;--code:#f4f1ea;--accent:#a8321f;--accent-soft:#fbe9e4;--get:#1f6f54;--post:#8a4b08;--put:#3d4ea8;--delete:#a8321f;--shadow:0 1px 2px #0000000d,0 8px 24px #0000000a}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){--bg:#151412;--card:#1d1c19;--ink:#efece4;--soft:#a39d91;--line:#322f2a;--code:#252320;--accent:#ff8a70;--accent-soft:#3a211b;--get:#6fd3ac;--post:#f0b465;--put:#9fb0ff;--delete:#ff8a70;--shadow:none}}
:root[data-theme=dark]{color-scheme:dark;--bg:#151412;--card:#1d1c19;--ink:#efece4;--soft:#a39d91;--line:#322f2a;--code:#252320;--accent:#ff8a70;--accent-soft:#3a211b;--get:#6fd3ac;--post:#f0b465;--put:#9fb0ff;--delete:#ff8a70;--shadow:none}
:root[data-theme=light]{color-scheme:light}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:1.5rem}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.6 ui-sans-serif,system-ui,-apple-system,"Segoe UI",sans-serif;display:grid;grid-template-columns:19rem minmax(0,1fr)}
code,pre,.path{font-family:ui-monospace,"SF Mono",Menlo,Consolas,monospace;font-size:.86em}
a{color:inherit}
nav{position:sticky;top:0;height:100vh;overflow:auto;border-right:1px solid var(--line);padding:1.5rem 1rem 3rem}
.brand{display:flex;align-items:center;gap:.6rem;font-weight:700;font-size:1.15rem;letter-spacing:-.01em;margin:0 .5rem 1rem}
.brand svg{width:1.6rem;height:1.6rem}
.brand button{margin-left:auto}
input[type=search]{width:100%;padding:.55rem .75rem;border:1px solid var(--line);border-radius:.6rem;background:var(--card);color:inherit;font:inherit;font-size:.9rem;margin-bottom:.75rem}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
nav h2{font-size:.72rem;text-transform:uppercase;letter-spacing:.08em;color:var(--soft);margin:1.2rem .5rem .3rem}
nav ul{list-style:none;margin:0;padding:0}
nav li a{display:flex;gap:.5rem;align-items:baseline;padding:.22rem .5rem;border-radius:.4rem;text-decoration:none;font-size:.82rem}
nav li a:hover{background:var(--accent-soft)}
nav li .path{min-width:0;overflow-wrap:break-word}
nav .list>summary{display:none}
.m{font:700 .66rem/1 ui-monospace,Menlo,monospace;text-transform:uppercase;min-width:2.9rem;letter-spacing:.03em}
.m.get{color:var(--get)}.m.post{color:var(--post)}.m.put{color:var(--put)}.m.delete{color:var(--delete)}
main{max-width:62rem;padding:2.5rem clamp(1rem,4vw,3.5rem) 6rem}
h1{font-size:2.3rem;letter-spacing:-.03em;line-height:1.15;margin:0 0 .5rem}
main h2{font-size:1.45rem;letter-spacing:-.02em;margin:3.5rem 0 .2rem;padding-top:1rem;border-top:1px solid var(--line)}
.lead{color:var(--soft);margin:0 0 1rem}
article{background:var(--card);border:1px solid var(--line);border-radius:.9rem;padding:1.3rem 1.5rem;margin:1.2rem 0;box-shadow:var(--shadow)}
article h3{display:flex;flex-wrap:wrap;align-items:baseline;gap:.3rem .7rem;margin:0;font-size:1rem}
article h3 .path{font-size:.98rem;min-width:0;overflow-wrap:break-word}
article h3 a{text-decoration:none}
.scope{margin-left:auto;font-size:.74rem;font-weight:500;color:var(--soft);border:1px solid var(--line);border-radius:2rem;padding:.05rem .6rem}
.summary{font-weight:600;margin:.5rem 0 0}
article p{margin:.35rem 0}
h4{font-size:.74rem;text-transform:uppercase;letter-spacing:.07em;color:var(--soft);margin:1.2rem 0 .3rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.87rem}
td,th{text-align:left;vertical-align:top;padding:.42rem .7rem .42rem 0;border-bottom:1px solid var(--line)}
th{font-weight:600;color:var(--soft)}
tr:last-child td{border-bottom:0}
td:first-child{white-space:nowrap}
.req{color:var(--accent);font-size:.72rem;margin-left:.35rem}
.type{color:var(--soft)}
details{margin:.2rem 0}
summary{cursor:pointer;color:var(--soft);font-size:.82rem}
details .scroll{border-left:2px solid var(--line);padding-left:.9rem;margin:.3rem 0}
.snippet{position:relative}
pre{background:var(--code);border-radius:.6rem;padding:.85rem 1rem;overflow-x:auto;margin:.3rem 0;line-height:1.5}
p code,td code,.lead code{background:var(--code);border-radius:.3rem;padding:.08em .35em}
button{font:inherit;font-size:.74rem;border:1px solid var(--line);background:var(--card);color:var(--soft);border-radius:.4rem;padding:.15rem .55rem;cursor:pointer}
button:hover{color:var(--ink)}
.snippet button{position:absolute;top:.5rem;right:.5rem}
tr:target td{background:var(--accent-soft)}
article:target{border-color:var(--accent)}
main [data-intro] h2{font-size:1.1rem;margin:1.8rem 0 .2rem;padding:0;border:0}
.nothing{font-size:1.1rem}
[hidden]{display:none!important}
@media (max-width:820px){body{display:block}nav{position:static;height:auto;border-right:0;border-bottom:1px solid var(--line);max-height:70vh;padding:1rem}nav .list>summary{display:list-item;margin:0 .5rem;font-size:.9rem}main{padding-top:1.5rem}}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
@media print{nav,button{display:none}body{display:block}article{break-inside:avoid;box-shadow:none}}
`;
