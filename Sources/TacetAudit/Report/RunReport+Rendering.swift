extension RunReport {
  /// The report as a self-contained page: HTML that is also well-formed XML, with inline drawings and style, that loads
  /// nothing and runs nothing. Every text from the mesh is escaped.
  public func html() -> String {
    ReportPage(report: self).markup.source
  }

  /// The report as plain text of at most 80 columns, for the end of a run in a terminal. Control characters in names are
  /// replaced.
  public func table() -> String {
    ReportTable(report: self).text
  }
}
