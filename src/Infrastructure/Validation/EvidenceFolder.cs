using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Infrastructure.Validation;

/// <summary>
/// Writes what a validation has seen under the names of the source documents, with checksums, and packs it. What was not
/// to be had is said in the file that it is missing from. No secret gets into any of it.
/// </summary>
public sealed class EvidenceFolder
{
    private const string Sums = "SHA256SUMS";
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly string folder;
    private readonly string stamp;
    private readonly GatewayValidation validation;
    private readonly EvidencePsql psql;
    private readonly EvidenceSources sources;
    private readonly SecretMask mask;
    private readonly List<string> written = [];

    private EvidenceFolder(string folder, GatewayValidation validation, EvidencePsql psql, EvidenceSources sources, TimeProvider clock)
    {
        (this.folder, this.validation, this.psql, this.sources) = (folder, validation, psql, sources);
        mask = new SecretMask(validation.Target.Secrets);
        stamp = clock.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
    }

    /// <summary>Makes sure that evidence can be written before anything is tried.</summary>
    /// <param name="settings">Of this machine: whether a Redis is known here, and where the data folder is.</param>
    /// <param name="gatewayLog">A file with the gateway's log; null: systemd's journal, where the gateway is a unit of it.</param>
    /// <exception cref="StartException">The folder cannot be made, or there is no psql.</exception>
    public static async Task<EvidenceFolder> CreateAsync(
        string folder, GatewayValidation validation, GatewaySettings settings, string? gatewayLog,
        TimeProvider clock, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(validation);
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"--evidence {folder} cannot be made: {refused.Message}", refused);
        }

        var psql = new EvidencePsql(validation.Target.Database);
        await EvidencePsql.RequireAsync(cancellationToken);
        return new EvidenceFolder(Path.GetFullPath(folder), validation, psql, new EvidenceSources(validation.Run, settings, gatewayLog), clock);
    }

    /// <summary>What the printed queries show right after the call of the third check.</summary>
    public async Task WriteLiveAsync(CancellationToken cancellationToken)
    {
        var answer = validation.Run.Call?.Body is { Length: > 0 } body ? body : """{"not_made": "the call was not answered"}""";
        await WriteAsync($"live_chat_call_{stamp}.json", answer, cancellationToken);
        await WriteAsync($"live_requests_{stamp}.txt", await psql.RequestsAsync(validation.Run.CallId, cancellationToken), cancellationToken);
        await WriteAsync($"live_join_check_{stamp}.txt", await psql.JoinAsync(validation.Run.CallId, cancellationToken), cancellationToken);
    }

    /// <summary>All the rest.</summary>
    /// <param name="report">The report as JSON.</param>
    /// <param name="transcript">Everything that was said.</param>
    /// <returns>The packed file.</returns>
    public async Task<string> WriteAsync(string report, IReadOnlyList<string> transcript, CancellationToken cancellationToken)
    {
        await WriteAsync("service_status.txt", await sources.ServiceAsync(cancellationToken), cancellationToken);
        await WriteAsync("gateway_db_connect.log", await sources.ConnectionAsync(cancellationToken), cancellationToken);
        await WriteAsync("chat_call.json", CallAsJson(), cancellationToken);
        await WriteAsync("requests_head.txt", await psql.RequestsAsync(null, cancellationToken), cancellationToken);
        await WriteAsync("responses_head.txt", await psql.ResponsesAsync(cancellationToken), cancellationToken);
        await WriteAsync("join_check.txt", await psql.JoinAsync(null, cancellationToken), cancellationToken);
        var versions = await sources.VersionsAsync(await EvidencePsql.VersionAsync(cancellationToken), cancellationToken);
        await WriteAsync("versions.txt", versions, cancellationToken);
        await WriteAsync("test_execution_log.txt", string.Join('\n', transcript), cancellationToken);
        await WriteAsync("validation.json", report, cancellationToken);

        var sums = new List<string>();
        foreach (var name in written.Order(StringComparer.Ordinal))
            sums.Add(await SumAsync(name, cancellationToken));
        await StoreAsync(Sums, string.Join('\n', sums), cancellationToken);

        var packed = $"cleangateway-evidence-{stamp}.tar.gz";
        await PackAsync(packed, cancellationToken);
        var sum = await SumAsync(packed, cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, $"{packed}.sha256"), sum + "\n", cancellationToken);
        return Path.Combine(folder, packed);
    }

    private string CallAsJson()
    {
        var made = new JsonObject
        {
            ["request"] = new JsonObject
            {
                ["method"] = "POST",
                ["url"] = $"{validation.Target.BaseUrl}v1/chat/completions",
                ["body"] = JsonNode.Parse(validation.Run.Gateway.Body),
            },
        };
        if (validation.Run.Call is { } call)
        {
            made["status"] = call.Status;
            made["headers"] = new JsonObject(
                call.Headers.Where(header => header.Key.StartsWith("X-", StringComparison.OrdinalIgnoreCase))
                    .OrderBy(header => header.Key, StringComparer.Ordinal)
                    .Select(header => KeyValuePair.Create(header.Key, (JsonNode?)header.Value)));
            made["answer"] = call.Json is { } json ? JsonNode.Parse(json.GetRawText()) : call.Body;
        }
        else
        {
            made["not_answered"] = validation.Report.Checks.FirstOrDefault(check => check.Number == 3)?.Seen;
        }

        return made.ToJsonString(Indented);
    }

    // No secret is expected; what a log or a provider's message may hold is not ours to know.
    private Task WriteAsync(string name, string text, CancellationToken cancellationToken) => StoreAsync(
        name, name.EndsWith(".json", StringComparison.Ordinal) ? mask.InJson(text) : mask.InText(text), cancellationToken);

    private async Task StoreAsync(string name, string text, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, name), text.EndsWith('\n') ? text : text + "\n", cancellationToken);
        written.Add(name);
    }

    // As sha256sum writes and reads it.
    private async Task<string> SumAsync(string name, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(Path.Combine(folder, name));
        return $"{Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken))}  {name}";
    }

    private async Task PackAsync(string name, CancellationToken cancellationToken)
    {
        await using var file = File.Create(Path.Combine(folder, name));
        await using var zip = new GZipStream(file, CompressionLevel.Optimal);
        await using var tar = new TarWriter(zip);
        foreach (var each in written.Order(StringComparer.Ordinal))
            await tar.WriteEntryAsync(Path.Combine(folder, each), $"cleangateway-evidence-{stamp}/{each}", cancellationToken);
    }
}
