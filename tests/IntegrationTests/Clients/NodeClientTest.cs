using System.Globalization;
using System.Text.Json;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Clients;

/// <summary>
/// Tests that call with packages of npm, <c>openai</c> before all, by the scripts of this folder. Skipped where there is no
/// Node.js for them.
/// </summary>
public abstract class NodeClientTest(GatewayFixture gateway) : GatewayTest(gateway)
{
    private const int OldestNode = 20;
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);
    private static readonly Lazy<Task<string?>> Missing = new(FindMissingAsync);

    /// <summary>Runs a script; what the client saw.</summary>
    /// <param name="url">The base URL; null for the gateway's.</param>
    /// <param name="leaveWhen">For scripts that wait to be told.</param>
    private protected async Task<JsonElement> NodeAsync(
        string script, NodeOptions? options = null, string key = Key, Uri? url = null, Task? leaveWhen = null)
    {
        await NeedNodeAsync();
        var order = JsonSerializer.Serialize(new { script, key, url = url ?? BaseUrl, options = options ?? new NodeOptions() }, Web);
        return JsonDocument.Parse(await NodeWorker.RunAsync(order, leaveWhen, Stop)).RootElement;
    }

    protected Uri BaseUrl => new(Gateway.Url, "/v1");

    protected static async Task NeedNodeAsync()
    {
        if (await Missing.Value is { } reason)
            Assert.Skip(reason);
    }

    private static async Task<string?> FindMissingAsync()
    {
        if (!ExternalProgram.Exists("node"))
            return $"Node.js is not installed; {OldestNode} or newer is needed.";

        string[] askVersion = ["-p", "parseInt(process.versions.node)"];
        var version = await ExternalProgram.RunAsync("node", askVersion, Repository.Clients, [], CancellationToken.None);
        if (!int.TryParse(version.Output, CultureInfo.InvariantCulture, out var major) || major < OldestNode)
            return $"Node.js is version {version.Output.Trim()}; {OldestNode} or newer is needed.";

        await using var manifest = File.OpenRead(Path.Combine(Repository.Clients, "package.json"));
        using var packages = await JsonDocument.ParseAsync(manifest);
        return packages.RootElement.GetProperty("devDependencies").EnumerateObject()
            .All(package => Directory.Exists(Path.Combine(Repository.Clients, "node_modules", package.Name)))
            ? null
            : "The npm packages are not all installed; npm ci in tests/IntegrationTests/Clients does.";
    }
}

/// <param name="MaxRetries">Null for what the library does by itself.</param>
/// <param name="Timeout">Milliseconds.</param>
/// <param name="Chat">Members of the request besides, or instead of, the usual ones.</param>
/// <param name="Way">Which of the things that a script can do, or how.</param>
/// <param name="Account">What a provider takes besides a key: a service account of Google's, credentials of AWS.</param>
/// <param name="Padding">Makes the user's message so many characters long.</param>
internal sealed record NodeOptions(
    int? MaxRetries = 0, int? Timeout = null, object? Chat = null, int? Padding = null, bool Stream = false, string? Model = null,
    string? Way = null, object? Account = null);
