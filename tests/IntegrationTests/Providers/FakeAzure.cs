using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>Azure OpenAI: the classic paths, which name the deployment, and the newer ones, where the body does.</summary>
internal sealed partial class FakeAzure : FakeProvider
{
    public const string Key = "azure-hunter2";

    /// <summary>What it knows.</summary>
    public const string Deployment = "chat-eu";
    public const string EmbeddingDeployment = "embed-eu";

    private const int MostInputs = 2048;
    private static readonly string[] ApiVersions = ["2024-10-21", "2025-04-01-preview"];

    public static string[] Headers =>
    [
        "apim-request-id: 3f0f9b3a-8a49-4a19-9a4a-0a2f2b6f7b2e", "x-request-id: 3f0f9b3a-8a49-4a19-9a4a-0a2f2b6f7b2e", "x-ms-region: Sweden Central",
        "x-ratelimit-limit-requests: 100", "x-ratelimit-remaining-requests: 99", "x-ratelimit-reset-requests: 10", "x-ratelimit-remaining-tokens: -1",
    ];

    /// <summary>A token of Entra ID that it takes; null: it takes none.</summary>
    public string? EntraToken { get; set; }

    /// <summary>The answer to a prompt that its filters stop.</summary>
    public static Reply PromptFiltered { get; } = new(
        400,
        """
        {"error":{
          "message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
          "type":null,"param":"prompt","code":"content_filter","status":400,
          "innererror":{
            "code":"ResponsibleAIPolicyViolation",
            "content_filter_result":{
              "hate":{"filtered":true,"severity":"high"},"jailbreak":{"filtered":false,"detected":false},
              "self_harm":{"filtered":false,"severity":"safe"},
              "sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}}}}}
        """, "application/json", [.. Headers]);

    public static Task RefuseAsync(UpstreamCall call, int status, string message, string code, params string[] headers) => call.RespondAsync(
        status,
        JsonReading.ToJson(new { error = new { code, message, type = (string?)null, param = (string?)null } }),
        headers: [.. Headers, .. headers]);

    protected override Task RefuseAsync(UpstreamCall call, WireRefusal refusal) =>
        RefuseAsync(call, refusal.Status, refusal.Message, refusal.Code ?? "BadRequest");

    protected override async Task ServeWellAsync(UpstreamCall call)
    {
        var request = call.Request;
        CheckKey(request);
        var (deployment, operation) = Where(request);
        if (request.Method != "POST" || deployment is not (Deployment or EmbeddingDeployment))
            throw new WireRefusal(
                404,
                "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a "
                + "moment and try again.",
                "DeploymentNotFound");

        switch (operation, deployment)
        {
            case ("chat/completions", Deployment):
                OpenAiRules.Check(request.Json);
                var answer = new AzureAnswer(call, request.Json.Get("stream_options").IsTrue("include_usage"));
                await answer.PlayAsync(ScriptFor(OpenAiRules.Read(request.Json, deployment)), request.WantsStream);
                break;
            case ("embeddings", EmbeddingDeployment):
                await call.RespondAsync(200, Embed(request.Json), headers: Headers);
                break;
            default:
                throw new WireRefusal(
                    400,
                    $"The {operation} operation does not work with the specified model. Please choose different model and try again.",
                    "OperationNotSupported");
        }
    }

    private static (string? Deployment, string Operation) Where(UpstreamRequest request)
    {
        var path = ClassicPath().Match(request.Path);
        if (path.Success)
        {
            if (!ApiVersions.Contains(path.Groups["version"].Value))
                throw new WireRefusal(404, "Resource not found", "404");

            return (path.Groups["deployment"].Value, path.Groups["operation"].Value);
        }

        path = NewPath().Match(request.Path);
        return path.Success ? (request.Json.Text("model"), path.Groups["operation"].Value) : throw new WireRefusal(404, "Resource not found", "404");
    }

    // A key of OpenAI's form is taken at the newer paths alone.
    private void CheckKey(UpstreamRequest request)
    {
        var bearer = request.Headers.GetValueOrDefault("Authorization");
        var isGood = request.Headers.GetValueOrDefault("api-key") == Key
            || (EntraToken is not null && bearer == $"Bearer {EntraToken}")
            || (bearer == $"Bearer {Key}" && NewPath().IsMatch(request.Path));
        if (!isGood)
            throw new WireRefusal(
                401,
                "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription "
                + "and use a correct regional API endpoint for your resource.",
                "401");
    }

    private static string Embed(JsonElement body)
    {
        string[] inputs = body.Text("input") is { } text ? [text] : [.. body.Items("input").Select(item => item.AsText()!)];
        WireRefusal.If(inputs.Length is 0 or > MostInputs, "Too many inputs, or none.");
        var dimensions = (int?)body.Number("dimensions") ?? Embedding.UsualDimensions;
        var data = inputs.Select((input, index) => new { @object = "embedding", index, embedding = Encoded(Embedding.Of(input, dimensions)) });
        var tokens = inputs.Sum(Embedding.Tokens);
        return JsonReading.ToJson(
            new { @object = "list", model = "text-embedding-3-small", data, usage = new { prompt_tokens = tokens, total_tokens = tokens } });

        object Encoded(float[] vector) => body.Text("encoding_format") == "base64"
            ? Convert.ToBase64String(MemoryMarshal.AsBytes(vector.AsSpan()))
            : vector;
    }

    [GeneratedRegex(@"^/openai/deployments/(?<deployment>[^/]+)/(?<operation>[a-z/]+)(\?api-version=(?<version>.*))?$")]
    private static partial Regex ClassicPath();

    [GeneratedRegex(@"^/openai/v1/(?<operation>[a-z/]+)(\?api-version=preview)?$")]
    private static partial Regex NewPath();
}
