/// A table of the page.
struct DataTable {
  /// A column: its heading, and whether it holds numbers (set flush right).
  struct Column {
    let heading: String
    let numeric: Bool

    static func text(_ heading: String) -> Column {
      Column(heading: heading, numeric: false)
    }

    static func number(_ heading: String) -> Column {
      Column(heading: heading, numeric: true)
    }
  }

  let columns: [Column]
  /// Cells, row by row; a row is highlighted when its index is `chosen`.
  let rows: [[Markup]]
  var chosen: Int?

  var markup: Markup {
    let head = columns.map { column -> Markup in
      column.numeric ? "<th class=\"n\">\(column.heading)</th>" : "<th>\(column.heading)</th>"
    }
    let body = rows.enumerated().map { index, row -> Markup in
      let cells = zip(columns, row).map { column, cell -> Markup in
        column.numeric ? "<td class=\"n\">\(cell)</td>" : "<td>\(cell)</td>"
      }
      return index == chosen ? "<tr class=\"chosen\">\(cells)</tr>" : "<tr>\(cells)</tr>"
    }
    return """
      <div class="scroll card"><table><thead><tr>\(head)</tr></thead>
      <tbody>\(body)</tbody></table></div>
      """
  }
}
