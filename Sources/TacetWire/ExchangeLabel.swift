/// A line of a file of labels: what an exchange was that an onlooker must not tell from others. JSON Lines; for tests of the wire.
package struct ExchangeLabel: Codable, Sendable, Hashable {
  /// Who opened the connection, and where to: `HOST:PORT`, IPv6 in brackets.
  package var client: String
  package var server: String
  /// `link` or `grpc`.
  package var door: String
  /// Which of the connection's requests it was, from 0 in order of arrival.
  package var request: Int
  /// Which of the connection's replies answered it, from 0 in order of departure.
  package var reply: Int
  /// The hidden class, or ``notCompared``.
  package var `class`: String

  /// The class of what was no part of the test: judged by itself, compared with nothing.
  package static let notCompared = ""

  package init(client: String, server: String, door: String, request: Int, reply: Int, class: String) {
    self.client = client
    self.server = server
    self.door = door
    self.request = request
    self.reply = reply
    self.class = `class`
  }
}
