import TacetIdentity
import TacetPolicy
import TacetPrivacy
import TacetTrust

/// A policy as `policy show` prints it.
struct PolicyReport: Encodable {
  /// A budget: (ε, δ) for each window, or for the lifetime where there is none.
  struct BudgetReport: Encodable {
    let epsilon: Double
    let delta: Double
    let windowSeconds: UInt64?

    init(_ budget: Budget) {
      epsilon = budget.epsilon
      delta = budget.delta
      windowSeconds = budget.windowSeconds
    }

    var text: String {
      "ε = \(epsilon), δ = \(delta) \(windowSeconds.map { "each \($0) s" } ?? "for life")"
    }
  }

  /// What bounds one individual.
  struct PlanReport: Encodable {
    let filter: [Int]
    let filterNorm: Int
    let passages: Int
    let bound: Int
    let sensitivity: Int
    let steps: Int
    /// One passage at one device.
    let passage: TripReport?
    /// A window of an individual that uses all its passages, at one device and at several, each with a window like this.
    let trips: [TripReport]

    init(_ plan: ContributionPlan, delta: Double) {
      filter = plan.filter.taps
      filterNorm = plan.filter.norm
      passages = plan.passages
      bound = plan.bound
      sensitivity = plan.sensitivity
      steps = plan.parameters.steps
      passage = TripCost.usual(cost: plan.passageCost, delta: delta).first.map(TripReport.init)
      trips = TripCost.usual(cost: plan.parameters.cost, delta: delta).map(TripReport.init)
    }

    /// What an individual loses.
    var lossText: String {
      let passage = passage.map { "one passage \(TripReport.text([$0])); " } ?? ""
      return "\(passage)all passages of a window \(TripReport.text(trips))"
    }

    var text: String {
      "filter [\(filter.map(String.init).joined(separator: ", "))] of norm \(filterNorm), \(passages) passages of squared norm "
        + "\(bound), sensitivity \(sensitivity), \(steps) steps"
    }
  }

  /// What a user of a host may have.
  struct WorkloadReport: Encodable {
    struct IDReport: Encodable {
      let id: String
      let hint: String?
    }

    let uid: UInt32
    let ids: [IDReport]

    init(_ uid: UInt32, _ grants: [WorkloadGrants.Grant]) {
      self.uid = uid
      ids = grants.map { IDReport(id: $0.id.path, hint: $0.hint.isEmpty ? nil : $0.hint) }
    }

    var text: String {
      let names = ids.map { id in id.hint.map { "\(id.id) (\($0))" } ?? id.id }
      return "workload of user \(uid): \(names.joined(separator: ", "))"
    }
  }

  /// What is asked of certificates and connections.
  struct IdentityReport: Encodable {
    let revocation: String
    let crlGraceSeconds: Double
    let refreshSeconds: Double
    let requireLogged: Bool
    let logKey: String?
    let requirePq: Bool

    init(_ identity: Policy.Identity) {
      revocation =
        switch identity.revocation {
        case .none: "none"
        case .leaf: "leaf"
        case .path: "path"
        }
      crlGraceSeconds = identity.grace / .seconds(1)
      refreshSeconds = identity.refresh / .seconds(1)
      requireLogged = identity.log != nil
      logKey = identity.log?.description
      requirePq = identity.requiresPostQuantum
    }

    var text: String {
      "revocation lists required for \(revocation), grace \(crlGraceSeconds) s, refreshed each \(refreshSeconds) s, "
        + (logKey.map { "logged in \($0), " } ?? "") + (requirePq ? "X25519MLKEM768 only" : "X25519MLKEM768 preferred")
    }
  }

  /// How devices refresh their student.
  struct RefreshReport: Encodable {
    let everySteps: Int
    let eventSeconds: Int
    let reach: Int
    let clip: Int
    let scale: Int
    /// Of a round, for any change within an event.
    let mu: Double
    let rule: String
    let mixing: Int?
    let byzantine: Int
    let spread: Double
    let canary: Int

    init(_ refresh: Policy.Refresh) {
      let parameters = refresh.parameters
      (everySteps, eventSeconds) = (parameters.steps, parameters.eventSeconds)
      (reach, clip, scale) = (parameters.sum.reach, parameters.sum.clip, parameters.sum.window.scale)
      mu = parameters.sum.window.cost.mu
      (rule, mixing) = (refresh.aggregator.rule.name.rawValue, refresh.aggregator.mixing)
      (byzantine, canary) = (refresh.aggregator.byzantine, refresh.canary)
      spread = parameters.spread
    }

    var text: String {
      "refresh: each \(everySteps) steps, μ per round \(mu) for what happens within \(eventSeconds) s (reach \(reach), clip \(clip), "
        + "scale \(scale)); \(rule)\(mixing.map { " behind mixing for \($0)" } ?? "") against \(byzantine) liars, spread \(spread); canary of "
        + "\(canary) samples"
    }
  }

  /// Whom a node believes, and how much.
  struct TrustReport: Encodable {
    let prior: Double
    let probation: Int
    let quarantine: Int
    let lowWeight: Double
    let falseAlarm: Double
    let batchSeconds: Double
    let batchCap: Double

    init(_ parameters: TrustParameters) {
      prior = parameters.prior
      probation = parameters.probation
      quarantine = parameters.quarantine
      lowWeight = parameters.lowWeight
      falseAlarm = parameters.falseAlarm
      batchSeconds = parameters.batchSeconds
      batchCap = parameters.batchCap
    }

    var text: String {
      "newcomers: score \(prior); weight × \(lowWeight) for \(probation) observations, as on probation; quarantine for \(quarantine) at "
        + "least; a batch first seen within \(batchSeconds) s holds \(batchCap) of all weight at most; false alarms \(falseAlarm)"
    }
  }

  let digest: String
  let trustDomain: String
  let roles: [String: [String]]
  let ids: [String: [String]]
  let identity: IdentityReport
  let privacyUnit: String
  /// Of the unit any-input.
  let radius: Int?
  /// Of the unit contribution.
  let contribution: PlanReport?
  let scale: Int
  /// Of one release, or of one stream window.
  let mu: Double
  let budgets: [BudgetReport]
  let devices: [String: [BudgetReport]]
  let messageBytes: Int
  /// Requests of one peer in a tick.
  let quota: Int?
  let tickMs: Double
  let prepareMs: Double
  let deadlineMs: Double
  /// The most.
  let jitterMs: Double
  let jitterDistribution: String
  let jitterMeanMs: Double
  let coverEnabled: Bool
  let slotsPerTick: Int
  let auditSteps: Int
  let trim: Int
  let threshold: Double
  let forgetting: Double
  let tolerance: Double
  let trust: TrustReport
  /// Gateways asked in a step; nil for all.
  let redundancy: Int?
  let exploration: Double
  let refresh: RefreshReport?
  let workloads: [WorkloadReport]

  init(_ policy: Policy) {
    digest = policy.digest
    trustDomain = policy.trustDomain
    roles = policy.roles.mapValues { $0.map(\.rawValue).sorted() }
    ids = policy.ids.mapValues { $0.map(\.rawValue).sorted() }
    identity = IdentityReport(policy.identity)
    privacyUnit = policy.privacy.unit.rawValue
    switch policy.privacy.releases {
    case .anyInput(let parameters): (radius, contribution) = (parameters.radius, nil)
    case .contribution(let plan):
      (radius, contribution) = (nil, PlanReport(plan, delta: policy.privacy.budgets.first?.delta ?? 0))
    }
    scale = policy.privacy.releases.mechanism.noiseScale.nominal
    mu = policy.privacy.releases.mechanism.cost.mu
    budgets = policy.privacy.budgets.map(BudgetReport.init)
    devices = policy.privacy.devices.mapValues { $0.map(BudgetReport.init) }
    messageBytes = policy.message.bytes
    quota = policy.message.quota
    tickMs = policy.timing.tick / .milliseconds(1)
    prepareMs = policy.timing.prepare / .milliseconds(1)
    deadlineMs = policy.timing.deadline / .milliseconds(1)
    jitterMs = policy.timing.jitter.cap / .milliseconds(1)
    jitterDistribution = policy.timing.jitter.distribution.rawValue
    jitterMeanMs = policy.timing.jitter.mean / .milliseconds(1)
    coverEnabled = policy.cover.isEnabled
    slotsPerTick = policy.cover.slotsPerTick
    auditSteps = policy.timing.audit
    trim = policy.aggregation.trim
    threshold = policy.trust.parameters.threshold
    forgetting = policy.trust.parameters.forgetting
    tolerance = policy.trust.parameters.tolerance
    trust = TrustReport(policy.trust.parameters)
    redundancy = policy.aggregation.redundancy
    exploration = policy.aggregation.exploration
    refresh = policy.refresh.map(RefreshReport.init)
    workloads = policy.workloads.uids.map { WorkloadReport($0, policy.workloads[$0]) }
  }

  var text: String {
    var lines = ["digest: \(digest)", "trust domain: \(trustDomain)"]
    lines += roles.sorted { $0.key < $1.key }.map { "role \($0.key): \($0.value.joined(separator: ", "))" }
    lines += ids.sorted { $0.key < $1.key }.map { "id \($0.key): \($0.value.joined(separator: ", "))" }
    lines.append("identity: \(identity.text)")
    lines.append("privacy: unit \(privacyUnit), \(releaseText)")
    if let contribution { lines.append("one individual: \(contribution.lossText)") }
    lines += budgets.map { "budget: \($0.text)" }
    lines += devices.sorted { $0.key < $1.key }.flatMap { device, budgets in
      budgets.map { "budget of \(device): \($0.text)" }
    }
    lines += ["message: \(messageBytes) bytes" + (quota.map { ", at most \($0) of a peer in a tick" } ?? "")]
    lines += [
      "timing: tick \(tickMs) ms, prepare \(prepareMs) ms, deadline \(deadlineMs) ms, "
        + "jitter up to \(jitterMs) ms (\(jitterDistribution), mean \(jitterMeanMs) ms)"
    ]
    lines += ["cover: \(coverEnabled ? "at every slot" : "none"), \(slotsPerTick) slots a tick"]
    lines += ["audit: each \(auditSteps) steps"]
    lines += [
      "aggregation: trimmed-mean, trim \(trim), "
        + (redundancy.map { "\($0) gateways asked, exploration \(exploration)" } ?? "all gateways asked")
    ]
    lines += ["trust: threshold \(threshold), forgetting \(forgetting), tolerance \(tolerance)", trust.text]
    if let refresh { lines.append(refresh.text) }
    lines += workloads.map(\.text)
    return lines.joined(separator: "\n")
  }

  private var releaseText: String {
    if let contribution { return "\(contribution.text), scale \(scale), μ per window \(mu)" }
    return "radius \(radius ?? 0), scale \(scale), μ per release \(mu)"
  }
}
