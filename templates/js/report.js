// Extras only: theme switch, copy buttons, sortable heads, the current section.
// The page is whole without them.
(() => {
  "use strict";
  const root = document.documentElement;
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  // Theme: kept in the browser where it allows that (a file: page may not).
  const remember = (value) => { try { localStorage.setItem("tunecard-theme", value); } catch { /* private */ } };
  const recall = () => { try { return localStorage.getItem("tunecard-theme"); } catch { return null; } };
  const themes = document.querySelector(".themes");
  const setTheme = (name) => {
    root.dataset.theme = name;
    all("button", themes).forEach((b) => b.setAttribute("aria-pressed", String(b.value === name)));
  };
  if (themes) {
    const known = all("button", themes).map((b) => b.value);
    const kept = recall();
    setTheme(known.includes(kept) ? kept : root.dataset.theme);
    themes.hidden = false;
    themes.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) { setTheme(button.value); remember(button.value); }
    });
  }

  // Copy buttons.
  const status = document.getElementById("status");
  all(".copy").forEach((box) => {
    const button = box.querySelector("button");
    if (!button || !navigator.clipboard) return;
    button.hidden = false;
    const word = [...button.childNodes];
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(box.querySelector("code").textContent);
        button.textContent = button.dataset.done;
      } catch {
        getSelection().selectAllChildren(box.querySelector("code"));
        button.textContent = button.dataset.selected;
      }
      status.textContent = button.textContent;
      setTimeout(() => button.replaceChildren(...word), 1600);
    });
  });

  // Main tables are copied as Markdown, CSV or LaTeX. Signs are left out: a word repeats them.
  const cellText = (cell) => {
    const copy = cell.cloneNode(true);
    all(".sign", copy).forEach((sign) => sign.remove());
    return copy.textContent.trim().replace(/\s+/g, " ");
  };
  const linesOf = (table) => {
    const spans = table.tHead.rows.length > 1 ? [...table.tHead.rows[0].cells].flatMap((c) => Array(c.colSpan).fill(cellText(c))) : [];
    const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
    return [
      heads.map((cell, i) => [spans[i], cellText(cell)].filter(Boolean).join(", ")),
      ...[...table.tBodies[0].rows].map((row) => [...row.cells].map(cellText)),
    ];
  };
  const isNumber = (table) => [...table.tHead.rows[table.tHead.rows.length - 1].cells].map((c) => c.classList.contains("number"));
  const latexOf = { "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "<": "\\textless{}", ">": "\\textgreater{}", "\u2212": "$-$", "\u00d7": "$\\times$", "\u00b1": "$\\pm$", "\u2192": "$\\to$", "\u2013": "--", "\u00b7": "\\textperiodcentered{}", "\u2248": "$\\approx$" };
  const escapeLatex = (text) => {
    const safe = text.replace(/[\\~^<>\u2212\u00d7\u00b1\u2192\u2013\u00b7\u2248&%$#_{}]/g, (c) => latexOf[c] ?? "\\" + c);
    return safe.startsWith("[") ? `{${safe}}` : safe;
  };
  const quote = (text) => {
    // A spreadsheet must not run a text as a formula; a number keeps its plain minus.
    const value = text.replace(/^\u2212/, "-");
    const safe = /^[=+\-@]/.test(value) && !/^[+-]?[\d.]/.test(value) ? "'" + value : value;
    return /[",\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
  };
  const writers = {
    Markdown: (table) => {
      const line = (cells) => `| ${cells.map((c) => c.replace(/([\\|])/g, "\\$1")).join(" | ")} |`;
      const [heads, ...rows] = linesOf(table);
      return [line(heads), `|${isNumber(table).map((n) => (n ? "---:" : "---")).join("|")}|`, ...rows.map(line)].join("\n") + "\n";
    },
    CSV: (table) => linesOf(table).map((cells) => cells.map(quote).join(",")).join("\n") + "\n",
    LaTeX: (table) => {
      const [heads, ...rows] = linesOf(table).map((cells) => `${cells.map(escapeLatex).join(" & ")} \\\\`);
      const places = isNumber(table).map((n) => (n ? "r" : "l")).join("");
      return [`\\begin{tabular}{${places}}`, "\\toprule", heads, "\\midrule", ...rows, "\\bottomrule", "\\end{tabular}", ""].join("\n");
    },
  };
  if (navigator.clipboard) all("main .table-box").filter((box) => !box.closest("figure, .verdict")).forEach((box) => {
    const table = box.querySelector("table");
    const tools = document.createElement("div");
    tools.className = "table-tools";
    tools.setAttribute("role", "group");
    tools.setAttribute("aria-label", `Copy the table: ${table.caption.textContent}`);
    tools.append("Copy as ");
    Object.entries(writers).forEach(([name, write]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = name;
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(write(table));
          status.textContent = button.textContent = "Copied";
        } catch {
          status.textContent = button.textContent = "Not allowed";
        }
        setTimeout(() => { button.textContent = name; }, 1600);
      });
      tools.append(button);
    });
    box.after(tools);
  });

  // Sortable heads: by data-value where a cell has one, empty values last.
  const keyOf = (row, column) => {
    const cell = row.cells[column];
    if (cell === undefined) return "";
    // Printed numbers have a true minus and thin spaces between groups of digits.
    return cell.dataset.value ?? cell.textContent.trim().replace(/^\u2212/, "-").replace(/(?<=\d)\u202f(?=\d)/g, "");
  };
  const compare = (a, b) => {
    const x = Number(a), y = Number(b);
    if (a !== "" && b !== "" && !Number.isNaN(x) && !Number.isNaN(y)) return x - y;
    return a.localeCompare(b, root.lang, { numeric: true });
  };
  all("table.sortable").forEach((table) => {
    const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
    const body = table.tBodies[0];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const rows = [...body.rows].map((row) => [keyOf(row, column), row]);
        rows.sort(([a], [b]) => (a === "") - (b === "") || (up ? compare(a, b) : compare(b, a)));
        body.append(...rows.map(([, row]) => row));
      });
    });
  });

  // A box that does not scroll needs no place in the tab order.
  const settle = () => all("[data-scrolls]").forEach((box) => {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0; else box.removeAttribute("tabindex");
  });
  settle();
  addEventListener("resize", settle);
  document.addEventListener("toggle", settle, true);

  // A link into a fold opens it, where the browser does not by itself.
  const reveal = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let fold = target && target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    if (target) target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  if (location.hash) reveal();

  // Paper shows what is folded on the screen.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = all("details:not([open])");
    opened.forEach((fold) => { fold.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach((fold) => { fold.open = false; }));

  // The contents follow.
  const links = new Map(all(".contents a").map((a) => [a.hash.slice(1), a]));
  const sections = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
  const follow = () => {
    const middle = innerHeight / 3;
    const current = sections.filter((s) => s.getBoundingClientRect().top <= middle).pop() ?? sections[0];
    links.forEach((link, id) => {
      if (current && id === current.id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  };
  let waiting = false;
  addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; follow(); });
  }, { passive: true });
  follow();
})();
