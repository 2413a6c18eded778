/// A plot on the page: heading, caption, legend, and the drawing at the two sizes between which the style sheet chooses.
struct Figure {
  let heading: String
  let caption: String
  let legend: Markup
  let isEmpty: Bool
  let sizes: (wide: PlotSize, slim: PlotSize)
  let draw: (PlotSize) -> Markup

  init(_ heading: String, caption: String, plot: LinePlot, wide: PlotSize = .full) {
    let cut = plot.cutsZero && !plot.isEmpty ? " The vertical scale does not start at zero." : ""
    self.heading = heading
    self.caption = caption + cut
    legend = plot.legend
    isEmpty = plot.isEmpty
    sizes = (wide, .narrow)
    draw = plot.svg
  }

  init(
    _ heading: String, caption: String, legend: Markup = "", isEmpty: Bool, wide: PlotSize = .half,
    draw: @escaping (PlotSize) -> Markup
  ) {
    self.heading = heading
    self.caption = caption
    self.legend = legend
    self.isEmpty = isEmpty
    sizes = (wide, .narrow)
    self.draw = draw
  }

  var markup: Markup {
    let drawing: Markup = isEmpty ? "<p class=\"note\">This run has no figures to draw here.</p>" : drawings
    return """
      <figure><h3>\(heading)</h3><figcaption>\(caption)</figcaption>
      \(isEmpty ? "" : legend)
      \(drawing)</figure>
      """
  }

  private var drawings: Markup {
    """
    <div class="wide">\(draw(sizes.wide))</div>
    <div class="slim">\(draw(sizes.slim))</div>
    """
  }
}
