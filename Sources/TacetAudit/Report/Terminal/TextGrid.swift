/// Cells set in columns, for a terminal.
struct TextGrid {
  /// Which side the cells of a column are flush with, and how wide it may grow.
  struct Column {
    let flushRight: Bool
    let limit: Int

    static func left(_ limit: Int) -> Column {
      Column(flushRight: false, limit: limit)
    }

    static func right(_ limit: Int) -> Column {
      Column(flushRight: true, limit: limit)
    }
  }

  let columns: [Column]
  let rows: [[String]]

  /// The rows, two blanks before the first column and between columns, none at the end of a line.
  var lines: [String] {
    let cells = rows.map { row in zip(columns, row).map { Self.cut(Printable.text($1), to: $0.limit) } }
    let widths = columns.indices.map { index in
      cells.map { index < $0.count ? $0[index].count : 0 }.max() ?? 0
    }
    return cells.map { row in
      let padded = row.enumerated().map { index, cell in
        let blank = String(repeating: " ", count: widths[index] - cell.count)
        return columns[index].flushRight ? blank + cell : cell + blank
      }
      return Self.trimmed("  " + padded.joined(separator: "  "))
    }
  }

  /// `text`, or its beginning and an ellipsis.
  static func cut(_ text: String, to limit: Int) -> String {
    text.count > limit ? text.prefix(max(limit - 1, 0)) + "…" : text
  }

  /// `text` as lines of at most `width` characters, broken at blanks where there are any.
  static func wrapped(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in Printable.text(text).split(separator: " ") {
      var word = word
      if !line.isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = ""
      }
      while word.count > width {
        lines.append(String(word.prefix(width)))
        word = word.dropFirst(width)
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return line.isEmpty ? lines : lines + [line]
  }

  private static func trimmed(_ line: String) -> String {
    var line = line
    while line.last == " " { line.removeLast() }
    return line
  }
}
