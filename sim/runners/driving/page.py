"""The page of a run: one HTML file that opens anywhere, offline, with all that a person needs to believe a verdict."""

from __future__ import annotations

import base64
import html
import io
import json
import math
from collections.abc import Sequence
from typing import Any

from PIL import Image

STYLE = """
:root{--ink:#171a1f;--soft:#5b6470;--line:#dfe3e8;--paper:#fff;--back:#f3f5f7;--pass:#1f7a3d;--fail:#b42318;
--invalid:#8a5a00}
*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--ink);font:15px/1.5 system-ui,-apple-system,
"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}main{max-width:1120px;margin:0 auto;padding:28px 20px 60px}
header{display:flex;gap:18px;align-items:center;flex-wrap:wrap;margin-bottom:6px}h1{font-size:24px;margin:0;flex:1}
h2{font-size:16px;margin:0 0 10px}.badge{padding:6px 18px;border-radius:6px;color:#fff;font-weight:700;
letter-spacing:.06em}.pass,.done{background:var(--pass)}.fail{background:var(--fail)}.invalid{background:var(--invalid)}
p.about{color:var(--soft);margin:0 0 18px}section{background:var(--paper);
border:1px solid var(--line);border-radius:8px;
padding:18px 20px;margin:0 0 16px}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:6px 10px;
border-bottom:1px solid var(--line);vertical-align:top}th{font-weight:600;color:var(--soft);font-size:13px}
td.n{text-align:right;font-variant-numeric:tabular-nums}td.v-pass{color:var(--pass);font-weight:700}
td.v-fail{color:var(--fail);font-weight:700}.why{border-left:4px solid var(--fail);padding:8px 14px;background:#fdf1f0;
margin:12px 0 0}.why.invalid{border-color:var(--invalid);background:#fdf6e7}.strip{display:grid;
grid-template-columns:repeat(3,1fr);gap:10px}figure{margin:0}figure img{width:100%;border-radius:4px;display:block}
figcaption{font-size:13px;color:var(--soft);padding-top:3px}img.plot{width:100%;display:block}
canvas{width:100%;height:420px;background:#e9ecef;border-radius:6px;display:block}.bar{display:flex;gap:12px;
align-items:center;margin-top:10px}.bar input{flex:1}button{font:inherit;padding:4px 14px;border:1px solid #b9c0c8;
border-radius:5px;background:#fff;cursor:pointer}code{font-size:13px}.two{display:grid;grid-template-columns:1fr 1fr;
gap:16px}.small{font-size:13px;color:var(--soft);overflow-wrap:anywhere}@media(max-width:760px){.two,.strip{
grid-template-columns:1fr}}
"""

PLAYER = """
const D=JSON.parse(document.getElementById('run').textContent),c=document.getElementById('bird'),g=c.getContext('2d');
const s=document.getElementById('at'),b=document.getElementById('play'),o=document.getElementById('now');
let i=0,on=false,last=0;s.max=D.time.length-1;
function box(p,fill,line){g.beginPath();p.forEach((q,k)=>k?g.lineTo(q[0],q[1]):g.moveTo(q[0],q[1]));g.closePath();
if(fill){g.fillStyle=fill;g.fill()}if(line){g.strokeStyle=line;g.stroke()}}
function draw(){const r=devicePixelRatio||1,w=c.clientWidth,h=c.clientHeight;c.width=w*r;c.height=h*r;
const e=D.ego[i],a=D.heading,z=h/38;g.setTransform(r,0,0,r,0,0);g.clearRect(0,0,w,h);g.translate(w*0.32,h/2);
g.scale(z,-z);g.rotate(-a);g.translate(-D.center[i][0],-D.center[i][1]);g.lineWidth=1.2/z;
D.roads.forEach(p=>box(p,'#cfd4da'));g.strokeStyle='#ffffff';g.setLineDash([1.2,1.2]);
D.paths.forEach(p=>{g.beginPath();p.forEach((q,k)=>k?g.lineTo(q[0],q[1]):g.moveTo(q[0],q[1]));g.stroke()});
g.setLineDash([]);D.things.forEach(p=>box(p,'#9aa3ad'));D.actors.forEach(t=>box(t.at[i],'#d1495b','#7d1f2d'));
box(e,D.asked[i]>0?'#e09f3e':'#1f6fb4','#123f66');g.setTransform(r,0,0,r,0,0);
o.textContent=D.time[i].toFixed(2)+' s   '+D.speed[i].toFixed(1)+' km/h   '
+(D.ttc[i]===null?'':'TTC '+D.ttc[i].toFixed(2)+' s');
g.fillStyle='#5b6470';g.font='13px system-ui';g.fillText('10 m',14+5*z-14,h-20);g.fillRect(14,h-14,10*z,3);s.value=i}
function tick(t){if(!on)return;if(!last)last=t;const n=Math.floor((t-last)/1000*D.fps);if(n>0){i+=n;last+=n*1000/D.fps;
if(i>=D.time.length){i=D.time.length-1;on=false;b.textContent='Play'}draw()}requestAnimationFrame(tick)}
b.onclick=()=>{on=!on;last=0;b.textContent=on?'Pause':'Play';if(on){if(i>=D.time.length-1)i=0;requestAnimationFrame(tick)}};
s.oninput=()=>{i=+s.value;draw()};addEventListener('resize',draw);i=D.start;draw();
"""


def page(title: str, about: str, verdict: str, sections: Sequence[str]) -> str:
    """The whole page."""
    body = "\n".join(f"<section>{section}</section>" for section in sections if section)
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        f"<meta name='viewport' content='width=device-width'><title>{_(title)}: {_(verdict)}</title>"
        f"<style>{STYLE}</style></head><body><main><header><h1>{_(title)}</h1>"
        f"<span class='badge {_(verdict)}'>{_(verdict.upper())}</span></header><p class='about'>{_(about)}</p>"
        f"{body}</main></body></html>\n"
    )


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[Any]], marks: Sequence[str] = ()) -> str:
    """A table; numbers right-aligned; `marks` are classes of each row's last cell."""
    if not rows:
        return ""
    columns = "".join(f"<th>{_(name)}</th>" for name in head)
    lines = []
    for k, row in enumerate(rows):
        cells = [f"<td{' class=n' if isinstance(cell, int | float) else ''}>{_(number(cell))}</td>" for cell in row]
        if marks:
            cells[-1] = f"<td class='v-{marks[k]}'>{_(number(row[-1]))}</td>"
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return f"<h2>{_(title)}</h2><table><tr>{columns}</tr>{''.join(lines)}</table>"


def number(value: Any) -> str:
    """A number as people read it."""
    if not isinstance(value, float):
        return str(value)
    if not math.isfinite(value):
        return "–" if math.isnan(value) else "∞"
    if abs(value) < 5e-4:
        return "0"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def why(sentences: Sequence[str], kind: str = "fail") -> str:
    """Boxes that say what was wrong."""
    return "".join(f"<div class='why {kind}'>{_(one)}</div>" for one in sentences)


def pictures(title: str, frames: Sequence[tuple[str, Image.Image]], width: int = 560) -> str:
    """A strip of pictures with what each shows."""
    if not frames:
        return ""
    shown = []
    for caption, picture in frames:
        small = picture.resize((width, round(picture.height * width / picture.width)), Image.Resampling.LANCZOS)
        buffer = io.BytesIO()
        small.save(buffer, "JPEG", quality=86)
        data = base64.b64encode(buffer.getvalue()).decode()
        shown.append(
            f"<figure><img alt='{_(caption)}' src='data:image/jpeg;base64,{data}'>"
            f"<figcaption>{_(caption)}</figcaption></figure>"
        )
    return f"<h2>{_(title)}</h2><div class='strip'>{''.join(shown)}</div>"


def plot(title: str, svg: bytes) -> str:
    """A chart."""
    data = base64.b64encode(svg).decode()
    return f"<h2>{_(title)}</h2><img class='plot' alt='{_(title)}' src='data:image/svg+xml;base64,{data}'>"


def player(data: dict[str, Any]) -> str:
    """The bird's-eye animation: see `evidence.bird_data` for what it draws."""
    text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    return (
        "<h2>From above</h2><canvas id='bird'></canvas><div class='bar'><button id='play'>Play</button>"
        "<input id='at' type='range' min='0' value='0' step='1' aria-label='time'><span id='now'></span></div>"
        f"<script type='application/json' id='run'>{text}</script><script>{PLAYER}</script>"
    )


def small(title: str, lines: Sequence[str]) -> str:
    """Fine print."""
    return f"<h2>{_(title)}</h2>" + "".join(f"<div class='small'>{_(line)}</div>" for line in lines)


def _(text: Any) -> str:
    return html.escape(str(text))
