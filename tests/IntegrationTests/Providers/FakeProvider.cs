using System.Collections.Concurrent;
using System.Text.Json;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>
/// A provider on a real socket that is as strict as the real one about what it is asked. What its model says is a script;
/// whoever wants to answer down to the byte sets <see cref="Answer"/>.
/// </summary>
internal abstract class FakeProvider : IAsyncDisposable
{
    private readonly FakeUpstream upstream = new();
    private readonly ConcurrentQueue<ModelScript> next = new();

    protected FakeProvider() => upstream.Answer = ServeAsync;

    /// <summary>What the model says to what it is asked, when no other script is next.</summary>
    public Func<ModelRequest, ModelScript> Model { get; set; } = DefaultModel.Next;

    /// <summary>What is done with each request; <see cref="ServeAsync"/> at first.</summary>
    public Func<UpstreamCall, Task> Answer
    {
        get => upstream.Answer;
        set => upstream.Answer = value;
    }

    /// <summary>Without a path.</summary>
    public Uri Url => new($"http://127.0.0.1:{upstream.Port}");

    public IReadOnlyList<UpstreamRequest> Requests => upstream.Requests;

    /// <summary>The only request there was.</summary>
    public UpstreamRequest Request => upstream.Request;

    /// <summary>How many connections were made to it.</summary>
    public int Connections => upstream.Connections;

    /// <summary>Scripts for the next calls of the model, in this order.</summary>
    public void Next(params ReadOnlySpan<ModelScript> scripts)
    {
        foreach (var script in scripts)
            next.Enqueue(script);
    }

    /// <summary>Nothing is next any more.</summary>
    public void Forget() => next.Clear();

    public ValueTask DisposeAsync() => upstream.DisposeAsync();

    /// <summary>Serves as the provider does.</summary>
    public async Task ServeAsync(UpstreamCall call)
    {
        try
        {
            await ServeWellAsync(call);
        }
        catch (WireRefusal refusal)
        {
            await RefuseAsync(call, refusal);
        }
        catch (Exception wrong) when (wrong is JsonException or FormatException)
        {
            await RefuseAsync(call, new WireRefusal(400, "The body of the request is not what it should be: " + wrong.Message));
        }
    }

    protected abstract Task ServeWellAsync(UpstreamCall call);

    protected abstract Task RefuseAsync(UpstreamCall call, WireRefusal refusal);

    /// <summary>What the model says to this.</summary>
    protected ModelScript ScriptFor(ModelRequest request) => next.TryDequeue(out var script) ? script : Model(request);
}
