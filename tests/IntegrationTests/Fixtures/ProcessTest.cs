using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>What tests of the program in a process of its own have in common. What they start ends with them.</summary>
public abstract class ProcessTest : IAsyncLifetime
{
    protected const string Key = "test-key-12345";

    private readonly TemporaryFolder folder = new();
    private readonly List<GatewayProcess> processes = [];
    private readonly HttpClient http = new();

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>A folder of the test's own.</summary>
    protected string Folder => folder.Path;

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var process in processes)
            await process.DisposeAsync();

        http.Dispose();
        folder.Dispose();
    }

    /// <summary>Runs the gateway with this environment, in the test's folder.</summary>
    private protected GatewayProcess Start(params (string Name, string Value)[] environment) => Run([], environment);

    /// <summary>Runs the gateway on a database, with the master key that all tests share; or with one that is given.</summary>
    private protected GatewayProcess Start(DatabaseUrl database, params (string Name, string Value)[] environment) =>
        Start([("DATABASE_URL", database.Reveal()), .. SharedMasterKey(environment), .. environment]);

    private static (string Name, string Value)[] SharedMasterKey((string Name, string Value)[] environment) =>
        environment.Any(given => given.Name.StartsWith("GATEWAY_MASTER_KEY", StringComparison.Ordinal))
            ? []
            : [("GATEWAY_MASTER_KEY", TestSettings.MasterKey)];

    /// <summary>Runs a command line, in the test's folder.</summary>
    private protected GatewayProcess Run(IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var process = GatewayProcess.Start(Folder, arguments, environment);
        processes.Add(process);
        return process;
    }

    /// <summary>Runs a command line to its end.</summary>
    private protected async Task<(int ExitCode, IReadOnlyList<string> Output, IReadOnlyList<string> Errors)> RunToEndAsync(
        string commandLine, params (string Name, string Value)[] environment)
    {
        var process = Run(commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries), environment);
        return (await process.EndedAsync(), process.Output, process.Errors);
    }

    /// <summary>A folder inside the test's own, for a gateway that shares the test with others.</summary>
    protected (string Name, string Value) DataFolder(string name) => ("DATA_DIR", Path.Combine(Folder, name));

    protected Task<HttpResponseMessage> ChatAsync(Uri gateway, string key = Key, string model = "echo", string content = "Say hello!", bool stream = false)
    {
        var body = new { model, stream, messages = new[] { new { role = "user", content } } };
        return SendAsync(HttpMethod.Post, new Uri(gateway, "/v1/chat/completions"), key, JsonContent.Create(body));
    }

    /// <summary>Completes with the headers of the answer.</summary>
    protected async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri url, string? key = null, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, url) { Content = content };
        if (key is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);

        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
    }

    protected Task<HttpResponseMessage> GetAsync(Uri gateway, string path, string? key = null) => SendAsync(HttpMethod.Get, new Uri(gateway, path), key);

    /// <summary>What the model said.</summary>
    protected static async Task<string?> SaidAsync(HttpResponseMessage answer) =>
        (await JsonAsync(answer)).GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString();

    protected static async Task<JsonElement> JsonAsync(HttpResponseMessage answer) =>
        JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Stop)).RootElement;

    protected static string RequestId(HttpResponseMessage answer) => answer.Headers.GetValues("X-Request-ID").Single();
}
