import Foundation
import TacetAudit
import Testing

@Suite struct ReportTableTests {
  @Test func tableIsAsPrinted() {
    #expect(ReportExample.report().table() == Self.golden)
  }

  @Test(arguments: [nil, ReportPageTests.hostile, String(repeating: "wide", count: 60), "word \u{7}\r\n\t"])
  func tableFitsTheTerminal(text: String?) {
    let table = ReportExample.report(hostile: text).table()
    for line in table.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    #expect(!table.unicodeScalars.contains { $0 != "\n" && $0.properties.generalCategory == .control })
  }

  @Test func anEmptyRunIsATable() {
    #expect(ReportExample.empty.table().hasSuffix("✗ Nothing was verified.\n"))
  }

  private static let golden = """
    Tacet run report · traffic.yaml · model traffic 1.0.0 · 8 sites, 3 gateways, 240
    steps · 118 s

      MAE, % occupancy          mesh  student   last  un-noised
      all 1,920 forecasts      1.546    1.557  2.866      1.406
      the 1,764 with the mesh  1.541    1.553  2.871      1.402

      gain kept    7.3 % of the un-noised gain over the student
      latency      p50 41.3 ms, p99 46.9 ms, max 61.2 ms
      wire         24,708 bytes a forecast, messages of 4,096 bytes
      TLS records  out 4,118, in 4,118 bytes
      deadlines    3 of 2,003 replies of gateways left without their answer
      slots        20 of 11,520 slots of sites were not kept
      fallen back  camera-5
      intruders    2 of 2 refused

      device    releases  ε spent  ε budget     δ  mode     ledger
      camera-1       240   60.412    72.000  1e-6  mesh     ✓
      camera-2       240   60.412    72.000  1e-6  mesh     ✓
      camera-3       240   60.412    72.000  1e-6  mesh     ✓
      camera-4       240   60.412    72.000  1e-6  mesh     ✓
      camera-5        84   29.600    30.000  1e-6  student  ✓
      camera-6       240   60.412    72.000  1e-6  mesh     ✓
      camera-7       240   60.412    72.000  1e-6  mesh     ✓
      camera-8       240   60.412    72.000  1e-6  mesh     ✓

      gateway    role         trust  quarantined by  first at
      gateway-1  honest       0.974  0 of 8 sites    –
      gateway-2  made to lie  0.046  8 of 8 sites    step 9
      gateway-3  honest       0.971  0 of 8 sites    –

      student, 8 cameras    MAE   change  holds
      before its refresh  2.357
      honest, no noise    2.321  −1.53 %  ✓
      honest              2.348  −0.38 %  ✓
      2 lie: sign-flip    2.357   0.00 %  ✓
      2 lie: mimic        2.360  +0.13 %  ✗

      intruder         result     gateway recorded
      no-certificate   ✓ refused  peer presented no certificate
      other-authority  ✓ refused  chain does not end in a root of trust doma…

      ✓ No camera released more than its budget.
          8 ledgers, 1,764 charges: every sum, entry and Merkle root recomputed from
          the entries agree; the highest stands at 84 % of its bound on μ².
      ✓ Every message has the same size.
          11,520 messages seen by a relay on the wire: 4,118 bytes out and in, no
          other size.
      ✓ The lying gateway moved no forecast beyond the honest range.
          gateway-2 added 25 to each value in 2 of 3 coordinates; the largest
          distance from the honest range was 0.
      ✓ Every site stopped listening to the liar.
          8 of 8 sites, the first at step 9, the last at step 12.
      ✓ Nobody without a certificate of this mesh got in.
          2 tried, 2 refused, 0 bytes of tensor data sent to them.
      ✓ The camera without budget released nothing more.
          camera-5: 0 releases and 156 forecasts by the student after step 84.

    ✓ All 6 claims hold.

    """
}
