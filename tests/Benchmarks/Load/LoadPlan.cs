namespace CleanGateway.Benchmarks.Load;

/// <summary>What the load generator is told to do, as a line of JSON.</summary>
/// <param name="Port">Of 127.0.0.1, where <c>POST /v1/chat/completions</c> is taken.</param>
/// <param name="Headers">Besides those that say what the body is.</param>
/// <param name="Connections">How many there are; in an open loop, the most.</param>
/// <param name="Seconds">How long calls are begun.</param>
/// <param name="Rate">Calls a second that are due whether or not earlier ones are done; null: each connection makes the next call when it has
/// the answer to the last.</param>
/// <param name="CallsPerConnection">Of a closed loop, instead of <see cref="Seconds"/>.</param>
/// <param name="Events">Least number of events that an answer must have to be one; 0: it is no stream.</param>
internal sealed record LoadPlan(
    int Port,
    IReadOnlyDictionary<string, string> Headers,
    string Body,
    int Connections,
    double Seconds,
    double? Rate = null,
    int? CallsPerConnection = null,
    int Events = 0);

/// <summary>What came of it. Times in microseconds.</summary>
/// <param name="Answered">Calls that got what they asked for.</param>
/// <param name="PerSecond">Of them, a second, while calls were begun.</param>
/// <param name="Failures">How many calls came to what else.</param>
/// <param name="Latency">From the time a call was due to the end of its answer, unanswered ones included with what they had waited.</param>
/// <param name="FirstByte">To the first byte of its body.</param>
/// <param name="Events">Events received.</param>
/// <param name="LoadCpu">What the load generator itself used, microseconds per call.</param>
internal sealed record LoadResult(
    int Answered,
    double PerSecond,
    IReadOnlyDictionary<string, int> Failures,
    Percentiles Latency,
    Percentiles FirstByte,
    long Events,
    double LoadCpu);
