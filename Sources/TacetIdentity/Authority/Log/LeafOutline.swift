import Foundation

/// What a line of the log shows of a workload's certificate at a glance: where its ID and its serial number stand is known without
/// reading the line, so that a million of them are looked through in a fraction of a second.
struct LeafOutline {
  private static let beginning: StaticString = "{\"fingerprint\":\""
  private static let beforeID: StaticString = "\",\"id\":\""
  private static let beforeSerial: StaticString = ",\"serial\":\""
  private static let beforeTime: StaticString = "\",\"time\":"
  private static let beforeToken: StaticString = ",\"token\":\""
  private static let end: StaticString = ",\"version\":1}"
  /// Behind the beginning, 64 digits and what is before an ID.
  private static let placeOfID = 88
  private static let serialDigits = 40

  private let line: ArraySlice<UInt8>
  /// The serial number.
  let serial: SerialNumber

  /// - Returns: nil for a line that has not the form of a certificate's: whoever asks reads it then.
  init?(line: ArraySlice<UInt8>) {
    guard line.count > Self.placeOfID, line.begins(with: Self.beginning),
      line.dropFirst(Self.placeOfID - Self.beforeID.utf8CodeUnitCount).begins(with: Self.beforeID)
    else { return nil }
    var place = line.endIndex - Self.end.utf8CodeUnitCount
    guard line[place...].begins(with: Self.end) else { return nil }
    if line[place - 1] == UInt8(ascii: "\"") {
      // The join token that was redeemed.
      guard let opening = line[..<(place - 1)].lastIndex(of: UInt8(ascii: "\"")) else { return nil }
      place = opening + 1 - Self.beforeToken.utf8CodeUnitCount
      guard place > line.startIndex, line[place...].begins(with: Self.beforeToken) else { return nil }
    }
    while place > line.startIndex, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(line[place - 1]) { place -= 1 }
    let behindSerial = place - Self.beforeTime.utf8CodeUnitCount
    let start = behindSerial - Self.serialDigits
    guard start - Self.beforeSerial.utf8CodeUnitCount > Self.placeOfID,
      line[behindSerial...].begins(with: Self.beforeTime),
      line[(start - Self.beforeSerial.utf8CodeUnitCount)...].begins(with: Self.beforeSerial),
      let serial = SerialNumber(hexadecimal: line[start..<behindSerial])
    else { return nil }
    self.line = line
    self.serial = serial
  }

  /// Whether it is of this ID.
  /// - Parameter id: as the line has it, with the quotation mark behind it.
  func hasID(_ id: [UInt8]) -> Bool { line.dropFirst(Self.placeOfID).starts(with: id) }
}

extension ArraySlice<UInt8> {
  /// Whether it begins with a text.
  func begins(with text: StaticString) -> Bool {
    let length = text.utf8CodeUnitCount
    guard count >= length else { return false }
    return withUnsafeBytes { bytes in
      text.withUTF8Buffer { text in
        guard let here = bytes.baseAddress, let wanted = text.baseAddress else { return length == 0 }
        return memcmp(here, wanted, length) == 0
      }
    }
  }
}
