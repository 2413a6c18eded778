/// The frame of a report as a page of HTML that loads nothing and runs nothing: it can be mailed, archived and read in ten years.
struct PageFrame {
  /// For the browser.
  let title: String
  let heading: String
  /// What was looked at, under the heading.
  let meta: String
  /// Beside the heading; empty where nothing is judged.
  var verdict: Markup = ""
  let parts: [Markup]

  var markup: Markup {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8"/>
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
    <meta name="viewport" content="width=device-width, initial-scale=1"/>
    <meta name="referrer" content="no-referrer"/>
    <title>\(title)</title>
    <style>
    \(PageStyle.sheet)
    </style>
    </head>
    <body>
    <main>
    \([masthead] + parts)
    </main>
    </body>
    </html>

    """
  }

  /// A head with a staff and a whole rest on it, the sign of silence.
  private var masthead: Markup {
    """
    <header>
    <svg class="mark" viewBox="0 0 54 54" aria-hidden="true"><g stroke="currentColor" stroke-width="1.6">\
    <line x1="2" x2="52" y1="9" y2="9"/><line x1="2" x2="52" y1="18" y2="18"/><line x1="2" x2="52" y1="27" y2="27"/>\
    <line x1="2" x2="52" y1="36" y2="36"/><line x1="2" x2="52" y1="45" y2="45"/></g>\
    <rect x="18" y="18" width="18" height="6" fill="currentColor"/></svg>
    <div><h1>\(heading)</h1>
    <p class="meta">\(meta)</p></div>
    \(verdict)
    </header>
    """
  }
}
