"use strict";
(() => {
  const root = document.documentElement;
  const toggle = document.querySelector(".theme");
  const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const name = () => { toggle.textContent = dark() ? "Light" : "Dark"; toggle.setAttribute("aria-label", dark() ? "Use light colours" : "Use dark colours"); };
  toggle.hidden = false;
  toggle.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; name(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", name);
  name();

  const links = new Map([...document.querySelectorAll("nav a")].map((a) => [a.hash.slice(1), a]));
  const nav = document.querySelector("nav");
  const seen = new IntersectionObserver((entries) => {
    for (const e of entries) if (e.isIntersecting) {
      links.forEach((a) => a.removeAttribute("aria-current"));
      const a = links.get(e.target.id);
      if (a) { a.setAttribute("aria-current", "location"); nav.scrollLeft = a.offsetLeft - nav.clientWidth / 2 + a.offsetWidth / 2; }
    }
  }, { rootMargin: "-20% 0px -70% 0px" });
  document.querySelectorAll("section[id]").forEach((s) => seen.observe(s));

  // on a phone the picture of scores is wider than its frame: what stands out is at its right end
  document.querySelectorAll("#scores figure .scroll").forEach((e) => { e.scrollLeft = e.scrollWidth; });

  const table = document.querySelector(".alerts");
  if (!table) return;
  const STEP = 25;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const texts = new Map(rows.map((r) => [r, r.textContent.toLowerCase()]));
  const find = document.querySelector("#find"), by = document.querySelector("#by"), told = document.querySelector("#told");
  const more = document.querySelector("#more"), all = document.querySelector("#all");
  let order = rows.slice(), limit = STEP;
  const show = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = order.filter((r) => (!by.value || r.dataset.by === by.value) && words.every((w) => texts.get(r).includes(w)));
    rows.forEach((r) => { r.hidden = true; });
    fits.slice(0, limit).forEach((r) => { r.hidden = false; });
    const shown = Math.min(limit, fits.length);
    told.textContent = fits.length === 0 ? "No alert fits. Clear the filter to see all." : shown < fits.length ? `${shown} of ${fits.length} shown` : fits.length === 1 ? "1 alert" : `${fits.length} alerts`;
    more.parentElement.hidden = shown >= fits.length;
  };
  const again = () => { limit = STEP; show(); };
  find.addEventListener("input", again);
  by.addEventListener("change", again);
  more.addEventListener("click", () => { limit += STEP; show(); });
  all.addEventListener("click", () => { limit = Infinity; show(); });
  table.querySelectorAll("th[data-key]").forEach((th) => {
    th.querySelector("button").addEventListener("click", () => {
      const down = th.getAttribute("aria-sort") === "ascending" || (!th.hasAttribute("aria-sort") && th.dataset.first === "descending");
      table.querySelectorAll("th").forEach((t) => t.removeAttribute("aria-sort"));
      th.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = th.dataset.key, numeric = th.dataset.type === "number";
      const of = (r) => numeric ? Number(r.dataset[key]) : r.dataset[key];
      order.sort((a, b) => { const x = of(a), y = of(b); return (x < y ? -1 : x > y ? 1 : 0) * (down ? -1 : 1); });
      body.append(...order);
      show();
    });
  });
  const reveal = () => {
    const row = document.getElementById(location.hash.slice(1));
    if (!row || !row.matches(".alerts tr")) return;
    if (row.hidden) { find.value = ""; by.value = ""; limit = Math.max(limit, order.indexOf(row) + 1); show(); }
    row.scrollIntoView({ block: "center" });
  };
  addEventListener("hashchange", reveal);
  addEventListener("beforeprint", () => { limit = Math.max(limit, 100); show(); });
  document.querySelectorAll(".scripted").forEach((e) => { e.hidden = false; });
  show();
  reveal();
})();
