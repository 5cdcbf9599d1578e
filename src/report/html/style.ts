/**
 * Plaintext and TLS differ by colour (orange, blue; told apart by colour-blind people too), by line (dashed, solid) and by label.
 * There are no style attributes: the policy of the page forbids them.
 */
export const STYLE = `
:root{color-scheme:light;--bg:#f7f7f9;--card:#fff;--text:#1b1c1f;--dim:#5a5d66;--line:#d9dbe1;--soft:#eff0f4;--link:#0b4fc4;
--tls:#0b57c4;--tls-bg:#e7f0fd;--clear:#9a4600;--clear-bg:#fff4e6;--bad:#b3161b;--bad-bg:#fdeceb;--attack:#7030a0;--attack-bg:#f6edfb;
--good:#15692f;--good-bg:#e6f4ea;--warn:#7a5200;--warn-bg:#fff3cd;--mark:#ffd54a;--mark-text:#1b1c1f;--shadow:0 1px 2px #0001,0 4px 14px #0000000d}
@media(prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark;--bg:#131417;--card:#1c1e22;--text:#e8e9ed;--dim:#a3a7b2;--line:#373a42;--soft:#26282e;--link:#8ab6ff;
--tls:#8ab6ff;--tls-bg:#17273f;--clear:#ffb366;--clear-bg:#33240f;--bad:#ff8f87;--bad-bg:#3a1a1a;--attack:#d3a6f2;--attack-bg:#2d1f38;
--good:#7bd391;--good-bg:#16301f;--warn:#f0c659;--warn-bg:#352b10;--mark:#ffd54a;--mark-text:#1b1c1f;--shadow:none}}
:root[data-theme=dark]{color-scheme:dark;--bg:#131417;--card:#1c1e22;--text:#e8e9ed;--dim:#a3a7b2;--line:#373a42;--soft:#26282e;--link:#8ab6ff;
--tls:#8ab6ff;--tls-bg:#17273f;--clear:#ffb366;--clear-bg:#33240f;--bad:#ff8f87;--bad-bg:#3a1a1a;--attack:#d3a6f2;--attack-bg:#2d1f38;
--good:#7bd391;--good-bg:#16301f;--warn:#f0c659;--warn-bg:#352b10;--mark:#ffd54a;--mark-text:#1b1c1f;--shadow:none}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
a{color:var(--link)}
code,pre,kbd{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:.87em}
code{overflow-wrap:anywhere}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:4px}
.skip{position:absolute;left:-999px}.skip:focus{left:8px;top:8px;background:var(--card);padding:6px 10px;z-index:9}
.hush{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.wrap{max-width:1180px;margin:0 auto;padding:0 20px}
.top{background:var(--card);border-bottom:1px solid var(--line)}
.top .wrap{display:flex;align-items:center;gap:12px;min-height:52px}
.brand{font-weight:700;letter-spacing:-.01em;display:flex;align-items:center;gap:8px}
.brand svg{width:22px;height:22px;color:var(--tls)}
.top .what{color:var(--dim);overflow:hidden;text-overflow:ellipsis;white-space:nowrap;flex:1}
button,select,input{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:5px 10px;min-height:34px}
button{cursor:pointer}button:hover{background:var(--soft)}
button[aria-pressed=true]{background:var(--text);color:var(--bg);border-color:var(--text)}
button[aria-pressed=false]{color:var(--dim)}
h1{font-size:1.45rem;line-height:1.25;margin:0 0 .4em;letter-spacing:-.015em;overflow-wrap:anywhere}
h2{font-size:1.12rem;margin:2.2em 0 .7em;letter-spacing:-.01em}
h3{font-size:1rem;margin:0;overflow-wrap:anywhere}
.sidehead{font-size:.86rem;margin:0 0 .4em;font-weight:650}
.hero{margin-top:22px;background:var(--card);border:1px solid var(--line);border-left:6px solid var(--dim);border-radius:12px;padding:20px 22px;box-shadow:var(--shadow)}
.hero.bad{border-left-color:var(--bad)}.hero.good{border-left-color:var(--good)}.hero.open{border-left-color:var(--warn)}
.plain p{margin:.25em 0;max-width:75ch;font-size:1.02rem;overflow-wrap:anywhere}
.counts{display:flex;flex-wrap:wrap;gap:10px;margin:18px 0 0;padding:0;list-style:none}
.counts li{border:1px solid var(--line);border-radius:10px;padding:7px 14px 6px;min-width:92px;background:var(--card)}
.counts b{display:block;font-size:1.45rem;line-height:1.15;font-variant-numeric:tabular-nums}
.counts .zero{color:var(--dim)}.counts .zero b{font-weight:400}
.bar{display:block;width:100%;height:10px;border-radius:5px;margin-top:16px}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:3px 16px;margin:0;font-size:.93rem}
.facts dt{color:var(--dim)}.facts dd{margin:0;overflow-wrap:anywhere}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:14px 18px;box-shadow:var(--shadow)}
.tools{position:sticky;top:0;z-index:3;background:var(--bg);padding:10px 0;display:flex;flex-wrap:wrap;gap:8px;align-items:center;border-bottom:1px solid var(--line);margin-bottom:14px}
.tools input[type=search]{flex:1 1 270px;min-width:150px}
.tools .set{display:flex;flex-wrap:wrap;gap:6px}
.tools .shown{color:var(--dim);font-size:.9rem;margin-left:auto}
.badge{display:inline-flex;align-items:center;gap:.35em;border-radius:6px;padding:1px 8px;font-size:.82rem;font-weight:650;white-space:nowrap;background:var(--soft);color:var(--dim);border:1px solid transparent}
.badge.unsafe,.badge.fail{background:var(--bad-bg);color:var(--bad)}
.badge.safe,.badge.pass{background:var(--good-bg);color:var(--good)}
.badge.downgradable,.badge.warn,.badge.inconclusive{background:var(--warn-bg);color:var(--warn)}
.sev{font-size:.78rem;font-weight:650;border:1px solid currentColor;border-radius:6px;padding:0 7px;color:var(--dim);white-space:nowrap}
.sev.critical,.sev.high{color:var(--bad)}.sev.medium{color:var(--warn)}
.group{margin:0 0 16px;padding:0;overflow:clip}
.group>header{padding:14px 18px 12px}
.group>header .row{display:flex;flex-wrap:wrap;gap:8px;align-items:center;margin-bottom:6px}
.group>header p{margin:4px 0 0;max-width:90ch;overflow-wrap:anywhere}
.fold>summary{display:flex;flex-wrap:wrap;gap:10px;align-items:center;padding:14px 18px;cursor:pointer}.fold>summary .row{display:flex;flex-wrap:wrap;gap:6px}
.lead{color:var(--dim)}.lead b{color:var(--text);font-weight:600}
.result{border-top:1px solid var(--line);scroll-margin-top:120px}
.result>summary{display:flex;flex-wrap:wrap;gap:4px 10px;align-items:center;padding:9px 18px;cursor:pointer;list-style:none}
.result>summary::-webkit-details-marker{display:none}
.result>summary:before{content:"";width:0;height:0;border:5px solid transparent;border-left:7px solid var(--dim);border-right:0;margin-right:2px;flex:none}
.result[open]>summary:before{transform:rotate(90deg)}
.result>summary:hover{background:var(--soft)}
.result>summary .name{font-weight:600;overflow-wrap:anywhere}
.result>summary .why{color:var(--dim);flex:1 1 100%;padding-left:17px;overflow-wrap:anywhere}
.result>summary .setup{color:var(--dim);font-size:.88rem;margin-left:auto}
.body{padding:6px 18px 20px}
.body .facts{margin-bottom:14px}
.copy{display:block;background:var(--soft);border-radius:6px;padding:6px 10px;white-space:pre-wrap;overflow-wrap:anywhere}
.wire{margin:14px 0 0}
.sides{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:18px}
.sides.one{grid-template-columns:minmax(0,1fr)}.sides.one .side{max-width:760px}
.side{border:1px solid var(--line);border-radius:10px;padding:12px 14px;min-width:0}
.side.careful{background:var(--soft)}
.side>.sidehead{font-size:.92rem;margin-bottom:2px}
.side>.src{color:var(--dim);font-size:.82rem;margin:0 0 8px}
.lanehead{color:var(--dim);font-size:.8rem;margin:10px 0 4px}
.ends{display:flex;justify-content:space-between;font-size:.76rem;font-weight:650;color:var(--dim);padding:0 0 3px 62px;text-transform:uppercase;letter-spacing:.04em}
.ends.bare{padding-left:0}
.lane{list-style:none;margin:0;padding:0}
.lane>li{display:grid;grid-template-columns:62px minmax(0,1fr);font-size:.86rem}
.lane.bare>li{grid-template-columns:minmax(0,1fr)}.lane.bare .t{display:none}
.t{color:var(--dim);font-variant-numeric:tabular-nums;font-size:.74rem;padding:7px 8px 0 0;text-align:right;white-space:nowrap}
.track{border-left:2px solid var(--dim);border-right:2px solid var(--dim);padding:4px 9px 7px;min-width:0}
.msg.tls .track{background:var(--tls-bg);border-color:var(--tls)}
.tag{display:inline-block;font-size:.68rem;font-weight:700;letter-spacing:.03em;border-radius:4px;padding:0 5px;margin:0 5px 0 0;line-height:1.5;vertical-align:1px;border:1px dashed var(--clear);color:var(--clear);background:var(--clear-bg)}
.msg.tls .tag.way{border:1px solid var(--tls);color:var(--tls);background:var(--card)}
.tag.atk{border:1px solid var(--attack);background:var(--attack-bg);color:var(--attack)}
.line{display:flex;gap:7px;align-items:flex-start}.tags{display:flex;flex-direction:column;gap:2px;flex:none;padding-top:2px}.tags .tag{margin:0;text-align:center}
.msg pre{margin:1px 0 0;white-space:pre-wrap;overflow-wrap:anywhere;font-size:.8rem;line-height:1.45;min-width:0}
.arrow{position:relative;height:0;border-top:2px dashed var(--clear);margin:6px 0 3px}
.msg.tls .arrow{border-top:3px solid var(--tls)}
.arrow:after{content:"";position:absolute;top:-7px;border:6px solid transparent}
.msg.client .arrow:after{right:-8px;border-left:9px solid var(--clear);border-right:0}
.msg.server .arrow:after{left:-8px;border-right:9px solid var(--clear);border-left:0}
.msg.tls.client .arrow:after{border-left-color:var(--tls);top:-8px}.msg.tls.server .arrow:after{border-right-color:var(--tls);top:-8px}
.msg.leaked .track{background:var(--bad-bg);box-shadow:inset 4px 0 var(--bad)}
mark.leak{background:var(--bad);color:var(--card);font-weight:700;border-radius:3px;padding:0 2px}
mark.differs{background:var(--mark);color:var(--mark-text);font-weight:700;outline:2px solid var(--mark-text);outline-offset:0;border-radius:2px;padding:0 1px}
.proof{color:var(--bad);font-weight:650;font-size:.82rem;margin:4px 0 0}
.differs-note{display:inline-block;background:var(--mark);color:var(--mark-text);font-weight:650;font-size:.76rem;border-radius:4px;padding:0 6px;margin-top:3px}
.bound .track,.ev .track{text-align:center}
.bound .track{padding:8px 0}
.bound span.l{display:block;border-top:4px double var(--good);color:var(--good);font-weight:700;font-size:.8rem;padding:3px 8px 0}
.bound.untrusted span.l,.bound.failed span.l{border-color:var(--bad);color:var(--bad)}
.bound.failed span.l{border-top-style:dotted}
.bound.outside span.l{border-color:var(--clear);color:var(--clear)}
.ev .track{color:var(--dim);font-size:.8rem;font-style:italic}.ev.atk .track{color:var(--attack)}
.gap .track{text-align:center;color:var(--dim);font-size:.78rem;border-style:none dotted;padding:2px}
.differs-line{background:var(--mark);color:var(--mark-text);border-radius:8px;padding:6px 12px;margin:0 0 12px;font-size:.92rem;overflow-wrap:anywhere}
.legend{display:flex;flex-wrap:wrap;gap:6px 18px;color:var(--dim);font-size:.84rem;margin:0 0 12px;padding:0;list-style:none}
.legend .tag{margin-right:6px}.legend .tls{border:1px solid var(--tls);color:var(--tls);background:var(--card)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.91rem}
caption{text-align:left;color:var(--dim);font-size:.86rem;padding-bottom:6px}
th,td{text-align:left;vertical-align:top;padding:7px 12px 7px 0;border-bottom:1px solid var(--line);overflow-wrap:break-word}
th{font-weight:600;color:var(--dim);font-size:.84rem}
tbody th{color:var(--text)}
tr:last-child>*{border-bottom:0}
td .badge{margin:0 0 2px}
.cell div+div{margin-top:10px}.cell small,.sub{display:block;color:var(--dim);font-size:.84rem}
.doors{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(430px,100%),1fr));gap:14px}
.pics{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(520px,100%),1fr));gap:14px}
.pic svg{width:100%;max-width:620px;height:auto;display:block}
.pic svg text{fill:var(--text);font:13px system-ui,sans-serif}.pic svg .d{fill:var(--dim);font-size:12px}
.chips{display:flex;flex-wrap:wrap;gap:5px;margin:0;padding:0;list-style:none}
.chips li{border:1px solid var(--line);border-radius:6px;padding:1px 8px;font-size:.82rem;background:var(--soft);overflow-wrap:anywhere}
.chips li.gone{text-decoration:line-through;color:var(--dim)}.chips li.new{border-color:var(--tls);color:var(--tls);background:var(--tls-bg)}.chips li.new::before{content:'+ '}
.chips li.weak{border:1px dashed var(--bad);color:var(--bad);background:var(--bad-bg)}
.chips li.mid{border:1px dashed var(--warn);color:var(--warn);background:var(--warn-bg)}
.empty{color:var(--dim);padding:18px;text-align:center}
ul.notes{margin:0;padding-left:1.2em}ul.notes li{margin:.2em 0;overflow-wrap:anywhere}
footer{color:var(--dim);font-size:.86rem;margin:40px 0 30px}
[hidden]{display:none!important}
@media(max-width:860px){.sides{grid-template-columns:minmax(0,1fr)}}
@media(max-width:620px){.wrap{padding:0 12px}.hero{padding:14px}.top .what{display:none}.brand{flex:1}.facts{grid-template-columns:1fr;gap:0}.facts dd{margin-bottom:6px}
.body,.group>header,.result>summary{padding-left:12px;padding-right:12px}.result>summary .setup{margin-left:0}.tools{position:static}
.side{padding:10px 8px}.lane>li{grid-template-columns:48px minmax(0,1fr)}.ends{padding-left:48px}.t{padding-right:4px;font-size:.66rem}.counts li{min-width:0;flex:1 1 28%;padding:6px 8px;font-size:.88rem}
.modes tr,.modes tbody th,.modes td{display:block}.modes thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}.modes tr{border-bottom:1px solid var(--line);padding:8px 0}.modes tbody th,.modes td{border:0;padding:2px 0}.modes .cell div{margin-top:10px}.modes td:not(:has(div)){display:none}}
@media print{:root,:root[data-theme=dark],:root:not([data-theme=light]){color-scheme:light;--bg:#fff;--card:#fff;--text:#000;--dim:#444;--line:#bbb;--soft:#f4f4f4;--link:#000;
--tls:#0b57c4;--tls-bg:#eef4fd;--clear:#9a4600;--clear-bg:#fff4e6;--bad:#b3161b;--bad-bg:#fdeceb;--attack:#7030a0;--attack-bg:#f6edfb;--good:#15692f;--good-bg:#e6f4ea;--warn:#7a5200;--warn-bg:#fff3cd;--shadow:none}
body{font-size:10.5pt}.tools,.skip,.top button,.noprint{display:none!important}.wrap{max-width:none;padding:0}
.hero,.card,.side,.msg,.bound{break-inside:avoid}.group{break-inside:auto}h2,h3,summary{break-after:avoid}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}@page{margin:14mm}}
@media(prefers-reduced-motion:no-preference){.result>summary:before{transition:transform .12s}}
@media(forced-colors:active){.tag,.badge,.sev{border:1px solid}.arrow{border-color:CanvasText}}
`;
