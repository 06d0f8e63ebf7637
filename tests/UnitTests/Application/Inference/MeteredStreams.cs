using System.Text;
using CleanGateway.Application.Admission;
using CleanGateway.Application.Inference;
using CleanGateway.Application.Models;
using CleanGateway.Application.Telemetry;
using CleanGateway.Domain.Providers;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using NSubstitute;

namespace CleanGateway.UnitTests.Application.Inference;

/// <summary>Opens streams the way callers get them: from the handler.</summary>
internal static class MeteredStreams
{
    public static async Task<InferenceStream> OpenAsync(this Books books, ScriptedStream upstream, bool includeUsage = false)
    {
        var provider = Substitute.For<IInferenceProvider>();
        provider.SendAsync(default!, default!, CancellationToken.None).ReturnsForAnyArgs(new InferenceOutcome.Streaming(upstream));
        var id = new ProviderId(Guid.CreateVersion7(books.Clock.GetUtcNow()));
        var destination = new Destination(id, "openai-main", "gpt-4", new Price(0.00003m, 0.00006m));
        var snapshots = Substitute.For<IGatewaySnapshots>();
        snapshots.Current.Returns(new GatewaySnapshot(
            1, [new ServedModel("gpt-4", "openai", DateTimeOffset.UnixEpoch, "chat", new InferenceTarget(destination, "gpt-4", provider))]));

        var chat = Books.Chat(more: includeUsage ? ""","stream":true,"stream_options":{"include_usage":true}""" : ""","stream":true""");
        var outcome = await new InferenceCalls(snapshots, Substitute.For<IAdmission>(), books.Recorder, books.Metrics, books.GenAi, Substitute.For<IContentCapture>(), books.Shutdown, books.Clock)
            .AnswerAsync(chat, books.Call(), CancellationToken.None);
        return outcome.Should().BeOfType<InferenceOutcome.Streaming>().Which.Events;
    }

    public static async Task<List<string>> ReadToEndAsync(this InferenceStream stream)
    {
        var seen = new List<string>();
        while (await stream.MoveNextAsync())
            seen.Add(Encoding.UTF8.GetString(stream.Current.Span));

        return seen;
    }
}
