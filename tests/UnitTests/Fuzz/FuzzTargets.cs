using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using CleanGateway.Api.Common;
using CleanGateway.Application.Common;
using CleanGateway.Application.LiteLlm;
using CleanGateway.Application.Models;
using CleanGateway.Application.Projects;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Journal.Spool;
using CleanGateway.Infrastructure.LiteLlm;
using CleanGateway.Infrastructure.Security;
using CleanGateway.UnitTests.Infrastructure;
using CleanGateway.UnitTests.Infrastructure.Journal.Spool;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.UnitTests.Fuzz;

/// <summary>A parser under test.</summary>
/// <param name="TryAsync">Fails where it does anything that its contract does not allow.</param>
/// <param name="Rounds">Of the short form.</param>
internal sealed record FuzzTarget(Func<byte[], Task> TryAsync, int Rounds = 1500);

/// <summary>Everything that reads bytes from outside.</summary>
internal static class FuzzTargets
{
    public static IReadOnlyDictionary<string, FuzzTarget> All { get; } = new Dictionary<string, FuzzTarget>
    {
        ["json"] = Of(Json),
        ["json-edits"] = Of(Edits),
        ["chat"] = new(FuzzRequests.ChatAsync, Rounds: 600),
        ["messages"] = new(FuzzRequests.MessagesAsync),
        ["responses"] = new(FuzzRequests.ResponsesAsync),
        ["embeddings"] = new(FuzzRequests.EmbeddingsAsync),
        ["sse"] = new(FuzzAnswers.ServerSentEventsAsync, Rounds: 600),
        ["google-events"] = new(FuzzAnswers.GoogleEventsAsync, Rounds: 600),
        ["aws-frames"] = new(FuzzAnswers.AwsFramesAsync, Rounds: 600),
        ["openai-answer"] = new(FuzzAnswers.OpenAiAsync, Rounds: 600),
        ["gemini-answer"] = new(FuzzAnswers.GeminiAsync, Rounds: 600),
        ["anthropic-answer"] = new(FuzzAnswers.AnthropicAsync, Rounds: 600),
        ["converse-answer"] = new(FuzzAnswers.ConverseAsync, Rounds: 600),
        ["spool"] = new(SpoolAsync, Rounds: 100),
        ["catalogue"] = Refusing(bytes => CatalogueFile.Read(bytes)),
        ["litellm"] = Refusing(bytes => LiteLlmFile.Read(new YamlReader().Read(bytes), new Dictionary<string, string>(), _ => null)),
        ["database-url"] = Of(Url),
        ["duration"] = Of(Duration),
        ["env-file"] = Of(Env, rounds: 500),
        ["config-file"] = Of(Config, rounds: 500),
        ["master-key"] = Of(Key),
        ["cursor"] = Refusing(bytes => new PageRequest(Cursor: Text(bytes)).After<Cursor>()),
        ["if-match"] = Refusing(IfMatch),
        ["query"] = Refusing(Query),
        ["admin-body"] = new(AdminBodyAsync, Rounds: 600),
    };

    public static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    public static FuzzTarget Of(Action<byte[]> run, int rounds = 1500) => new(
        bytes =>
        {
            run(bytes);
            return Task.CompletedTask;
        },
        rounds);

    /// <summary>A parser that says no by one sort of exception alone, whose message is for people.</summary>
    private static FuzzTarget Refusing(Action<byte[]> parse) => Of(bytes =>
    {
        try
        {
            parse(bytes);
        }
        catch (GatewayException refused)
        {
            Told(refused.Error);
        }
    });

    public static void Told(GatewayError error)
    {
        error.Message.Should().NotBeEmpty();
        error.Message.Length.Should().BeLessThan(5000, "it is for people");
    }

    private static void Json(byte[] bytes)
    {
        var options = new JsonDocumentOptions { MaxDepth = StrictJson.MaxDepth, AllowDuplicateProperties = false };
        bool? isJson;
        try
        {
            using var document = JsonDocument.Parse(bytes, options);
            isJson = Utf8.IsValid(bytes);
        }
        catch (JsonException)
        {
            isJson = false;
        }
        catch (Exception halves) when (halves is InvalidOperationException or ArgumentException)
        {
            isJson = null;   // names with half of a surrogate pair, which it cannot compare
        }

        var error = StrictJson.Check(bytes);
        if (error is not null)
            Told(error);
        if (isJson is { } expected)
            (error is null).Should().Be(expected, "{0}", error?.Message);
    }

    // The first bytes say which stretches are replaced, by what the rest says.
    private static void Edits(byte[] bytes)
    {
        var count = bytes.Length == 0 ? 0 : bytes[0] % 5;
        var (edits, expected, at) = (new JsonEdits(), new List<byte>(), 0);
        for (var edit = 0; edit < count && (edit * 2) + 2 < bytes.Length; edit++)
        {
            var start = Math.Min(bytes.Length, at + bytes[(edit * 2) + 1]);
            var end = Math.Min(bytes.Length, start + bytes[(edit * 2) + 2]);
            var with = bytes.AsMemory(0, edit);
            edits.Replace(new JsonSlice(start, end - start), with);
            expected.AddRange(bytes[at..start]);
            expected.AddRange(with.ToArray());
            at = end;
        }

        expected.AddRange(bytes[at..]);
        edits.ApplyTo(bytes).ToArray().Should().Equal(expected);
    }

    // Behind a record as it should be: the bytes as one whose checksum is right, and then as they are.
    private static async Task SpoolAsync(byte[] bytes)
    {
        using var files = new SpoolFiles();
        using (var made = files.Open())
        {
            await using var writer = SpoolFiles.Write(made);
            (await writer.AppendAsync(SpoolRecord.Accept(files.Call()))).Should().NotBeNull();
        }

        var payload = bytes.AsMemory(Math.Min(1, bytes.Length));
        var header = new byte[RecordFrame.HeaderLength];
        RecordFrame.WriteHeader(header, (RecordKind)(bytes.Length == 0 ? 0 : bytes[0] % 6), [payload]);
        File.AppendAllBytes(files.Segments.Single(), [.. header, .. payload.Span, .. bytes]);

        using var spool = files.Open();
        var (recovery, open) = SpoolFiles.Recover(spool);
        open.Count.Should().BeInRange(0, 2, "nothing is made of nothing");
        recovery.Unsettled.Should().BeInRange(0, 2);
    }

    private static void Url(byte[] bytes)
    {
        var text = Text(bytes);
        if (!DatabaseUrl.TryParse(text, out var url))
        {
            DatabaseUrl.WhatIsWrong(text).Should().NotBe("nothing");
            return;
        }

        var shown = url.ToString();
        if (url.Password is { Length: >= 12 } password && !$"{url.User}{url.Host}{url.Database}".Contains(password, StringComparison.Ordinal))
            shown.Should().NotContain(password);
        url.ToConnectionString().Host.Should().Be(url.Host);
        url.Port.Should().BeInRange(1, 65535);
    }

    private static void Duration(byte[] bytes)
    {
        if (GoDuration.TryParse(Text(bytes), out var duration))
            duration.Should().BeGreaterThanOrEqualTo(TimeSpan.Zero);
    }

    private static void Env(byte[] bytes)
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, ".env");
        File.WriteAllBytes(path, bytes);
        try
        {
            EnvFile.Read(path).Keys.Should().NotContain(name => name.Length == 0);
        }
        catch (StartException refused)
        {
            refused.Message.Should().StartWith("The file ");
        }
    }

    private static void Config(byte[] bytes)
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "config.yaml");
        File.WriteAllBytes(path, bytes);
        try
        {
            var (settings, problems) = GatewaySettings.Read(SettingsSources.Find(TestSettings.Nothing, folder.Path));
            (settings is null).Should().Be(problems.Count > 0);
            problems.All(problem => problem.What.Length > 0 && problem.Where.Length > 0).Should().BeTrue();
        }
        catch (StartException refused)
        {
            refused.Message.Should().StartWith("The file ");
        }
    }

    private static void Key(byte[] bytes)
    {
        if (MasterKey.TryParse(Text(bytes), out var key))
            key.Bytes.Length.Should().Be(32);
    }

    private static void IfMatch(byte[] bytes)
    {
        var http = new DefaultHttpContext();
        http.Request.Headers.IfMatch = Text(bytes).Split('\n');
        http.IfMatch().Should().NotBeNull();
    }

    private static void Query(byte[] bytes)
    {
        var text = Text(bytes);
        foreach (var read in (Action[])[() => QueryValues.Flag("flag", text), () => QueryValues.Limit(text), () => QueryValues.Page(text, text)])
        {
            try
            {
                read();
            }
            catch (GatewayException refused)
            {
                refused.Error.Param.Should().NotBeNull();
            }
        }
    }

    private static async Task AdminBodyAsync(byte[] bytes)
    {
        await ReadAsync<CreateProject>();
        await ReadAsync<ChangeProject>();

        async Task ReadAsync<T>() where T : class
        {
            await using var services = new ServiceCollection().AddScoped<Operation>().AddSingleton(new ConnectionLimits()).AddSingleton(TimeProvider.System).BuildServiceProvider();
            var http = new DefaultHttpContext { RequestServices = services };
            http.Request.Body = new MemoryStream(bytes);
            http.Request.ContentType = "application/json";
            try
            {
                (await AdminBody.ReadAsync<T>(http)).Should().NotBeNull();
                foreach (var finding in services.GetRequiredService<Operation>().Findings)
                    finding.Param.Should().NotBeNull();
            }
            catch (GatewayException refused)
            {
                Told(refused.Error);
            }
        }
    }

    private sealed record Cursor(string Name, DateTimeOffset At);
}
