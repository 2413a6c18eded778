/// The look of the page: one sheet, light and dark, nothing fetched.
enum PageStyle {
  static let sheet: Markup = """
    :root { color-scheme: light dark; --ink: #1b2327; --soft: #566067; --faint: #7b858b; --paper: #f7f6f2; --card: #ffffff;
      --rule: #dfddd6; --grid: #eceae4; --accent: #0b5f6b; --good: #14724a; --good-bg: #e4f2ea; --bad: #a8261b;
      --bad-bg: #fae7e4; --c1: #0072b2; --c2: #d55e00; --c3: #8a9299; --c4: #009e73; --c5: #aa4499; --c6: #b98900;
      --c7: #332288; --c8: #882255; }
    @media (prefers-color-scheme: dark) { :root { --ink: #e8e6e1; --soft: #b2b8bb; --faint: #8d969b; --paper: #14181a;
      --card: #1c2124; --rule: #333a3e; --grid: #2a3034; --accent: #6fc3cf; --good: #6fd0a0; --good-bg: #17332a;
      --bad: #ff9c8f; --bad-bg: #43211d; --c1: #56b4e9; --c2: #ff8f45; --c3: #9aa3a9; --c4: #35c79a; --c5: #e08ad0;
      --c6: #f0c23c; --c7: #a99bff; --c8: #f08fb0; } }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; }
    body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI",
      Roboto, "Noto Sans", "DejaVu Sans", sans-serif; overflow-wrap: break-word; }
    main { max-width: 1120px; margin: 0 auto; padding: 40px 20px 64px; }
    h1, h2 { font-family: Charter, "Iowan Old Style", "Source Serif 4", Georgia, "DejaVu Serif", serif; font-weight: 600;
      line-height: 1.2; letter-spacing: -0.01em; }
    h1 { font-size: 34px; margin: 0; }
    h2 { font-size: 24px; margin: 52px 0 6px; }
    h3 { font-size: 16px; margin: 0 0 2px; }
    main > h3 { margin-top: 26px; }
    p { margin: 0 0 14px; max-width: 74ch; }
    .lead { font-size: 18px; color: var(--ink); margin-top: 18px; }
    .note, figcaption, .meta { color: var(--soft); font-size: 14px; }
    .meta { margin: 4px 0 0; }
    header { display: flex; gap: 18px; align-items: center; flex-wrap: wrap; }
    header .mark { width: 54px; height: 54px; flex: none; color: var(--accent); }
    header div { flex: 1 1 300px; min-width: 0; }
    .verdict { flex: none; border-radius: 999px; padding: 8px 18px; font-weight: 600; }
    .good { color: var(--good); background: var(--good-bg); }
    .bad { color: var(--bad); background: var(--bad-bg); }
    .tiles { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 14px; margin: 26px 0 0;
      padding: 0; list-style: none; }
    .tiles li, figure, .card { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; }
    .tiles li { padding: 16px 18px 14px; }
    .tiles b { display: block; font-size: 30px; line-height: 1.15; font-weight: 600; letter-spacing: -0.02em;
      font-variant-numeric: tabular-nums; }
    .tiles b small { font-size: 16px; font-weight: 500; letter-spacing: 0; color: var(--soft); }
    .tiles span { display: block; font-weight: 600; font-size: 14px; color: var(--accent); margin-bottom: 4px; }
    .tiles p { font-size: 14px; line-height: 1.4; color: var(--soft); margin: 6px 0 0; }
    .claims { list-style: none; margin: 14px 0 0; padding: 0; }
    .claims li { display: grid; grid-template-columns: 30px minmax(0, 1fr); gap: 12px; padding: 12px 18px;
      border-top: 1px solid var(--rule); }
    .claims li:first-child { border-top: 0; }
    .claims p { margin: 2px 0 0; max-width: none; color: var(--soft); font-size: 14px; }
    .sign { width: 28px; height: 28px; border-radius: 50%; text-align: center; line-height: 28px; font-weight: 700; }
    figure { margin: 16px 0 0; padding: 16px 18px; min-width: 0; }
    figcaption { margin: 0 0 8px; max-width: 90ch; }
    .pair { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 16px; }
    .panels { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 14px 16px; margin-top: 10px; }
    .panels h4 { margin: 0; font-size: 14px; }
    .panels p { margin: 0; font-size: 13px; color: var(--soft); }
    figure svg { display: block; width: 100%; height: auto; }
    figure svg.key { display: inline-block; width: 28px; height: 10px; vertical-align: middle; margin-right: 7px; }
    .slim { display: none; }
    .legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 0 0 6px; padding: 0;
      font-size: 14px; }
    svg text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
      fill: var(--soft); font-variant-numeric: tabular-nums; }
    svg text.title { fill: var(--faint); }
    svg text.value { fill: var(--ink); font-weight: 600; }
    svg text.faint { fill: var(--faint); }
    svg .mid { text-anchor: middle; }
    svg .end { text-anchor: end; }
    svg .halo { paint-order: stroke; stroke: var(--card); stroke-width: 4px; stroke-linejoin: round; }
    .grid { stroke: var(--grid); }
    .axis { stroke: var(--faint); }
    .level { stroke: var(--ink); stroke-dasharray: 5 4; stroke-width: 1.2; opacity: 0.75; }
    .line { fill: none; stroke-width: 2.2; stroke-linejoin: round; stroke-linecap: round; }
    .line.c1 { stroke: var(--c1); stroke-width: 3; } .bar.c1, .dot.c1 { fill: var(--c1); }
    .line.c2 { stroke: var(--c2); stroke-dasharray: 9 4; } .bar.c2, .dot.c2 { fill: var(--c2); }
    .line.c3 { stroke: var(--c3); } .bar.c3, .dot.c3 { fill: var(--c3); }
    .line.c4 { stroke: var(--c4); stroke-dasharray: 1.5 5.5; } .bar.c4, .dot.c4 { fill: var(--c4); }
    .line.c5 { stroke: var(--c5); } .bar.c5, .dot.c5 { fill: var(--c5); }
    .line.c6 { stroke: var(--c6); stroke-dasharray: 9 4 2 4; } .bar.c6, .dot.c6 { fill: var(--c6); }
    .line.c7 { stroke: var(--c7); stroke-dasharray: 5 3; } .bar.c7, .dot.c7 { fill: var(--c7); }
    .line.c8 { stroke: var(--c8); stroke-dasharray: 12 3; } .bar.c8, .dot.c8 { fill: var(--c8); }
    .trusted { fill: var(--c4); } .newcomer { fill: var(--c1); opacity: 0.55; } .quarantine { fill: var(--bad); }
    .probation { fill: none; stroke: var(--c6); stroke-width: 1.5; }
    .scroll { overflow-x: auto; margin: 16px 0 0; }
    table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
    th, td { text-align: left; padding: 8px 14px; border-top: 1px solid var(--rule); vertical-align: top; }
    thead th { border-top: 0; color: var(--soft); font-weight: 600; white-space: nowrap; }
    tbody tr.chosen td { background: var(--good-bg); font-weight: 600; }
    .name { white-space: nowrap; font-weight: 600; }
    th.n, td.n { text-align: right; white-space: nowrap; }
    code { font: 13px ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
    td code { font-size: 11.5px; }
    code.root { white-space: nowrap; }
    .tag { border-radius: 6px; padding: 1px 8px; font-weight: 600; font-size: 13px; white-space: nowrap; }
    .plain { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 6px 36px; padding: 20px 24px 10px;
      margin-top: 16px; }
    .plain p { font-size: 15px; }
    details { margin-top: 10px; font-size: 14px; }
    summary { cursor: pointer; color: var(--accent); }
    footer { margin-top: 56px; border-top: 1px solid var(--rule); padding-top: 14px; color: var(--faint); font-size: 14px; }
    @media (max-width: 760px) { main { padding: 24px 14px 48px; } h1 { font-size: 28px; } .pair, .plain {
      grid-template-columns: minmax(0, 1fr); } .plain { padding: 16px 16px 4px; } .panels { grid-template-columns:
      repeat(2, minmax(0, 1fr)); } figure { padding: 12px; } .wide { display: none !important; } .slim { display: block; }
      .tiles { grid-template-columns: minmax(0, 1fr); } table { font-size: 13px; } th, td { padding: 6px 7px; } .claims li { padding: 12px; } }
    @media print { body { background: #fff; } figure, .tiles li, .claims li { break-inside: avoid; } }
    """
}
