namespace CleanGateway.Infrastructure.ProviderAdapters;

/// <summary>Sends over connections that belong to somebody else, and remembers the status of the last answer.</summary>
internal sealed class ObservedInvoker(HttpMessageInvoker connections) : HttpMessageHandler
{
    public int? LastStatus { get; private set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        LastStatus = null;
        var response = await connections.SendAsync(request, cancellationToken);
        LastStatus = (int)response.StatusCode;
        return response;
    }
}
