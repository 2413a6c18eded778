import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// What a parser of XML sees in a page.
final class PageReader: NSObject, XMLParserDelegate {
  private(set) var elements: [String: Int] = [:]
  private(set) var attributes: [String] = []
  private(set) var text = ""
  private(set) var longestLine = 0
  private(set) var failure: String?

  init(_ page: String) {
    super.init()
    let parser = XMLParser(data: Data(page.utf8))
    parser.delegate = self
    if !parser.parse() { failure = "line \(parser.lineNumber): \(String(describing: parser.parserError))" }
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes found: [String: String] = [:]
  ) {
    elements[name, default: 0] += 1
    attributes += found.keys
    longestLine = max(longestLine, found["points"]?.split(separator: " ").count ?? 0)
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    text += string
  }
}
