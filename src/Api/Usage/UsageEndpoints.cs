using System.Text;
using CleanGateway.Api.Auth;
using CleanGateway.Api.Common;
using CleanGateway.Application.Usage;
using CleanGateway.Domain.AdminTokens;
using MediatR;
using Microsoft.AspNetCore.Mvc;

namespace CleanGateway.Api.Usage;

internal static class UsageEndpoints
{
    private const int BufferedCharacters = 16 * 1024;

    public static void MapUsage(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/admin/usage", Get).NeedsRole(AdminRole.Viewer).WithMetadata(new AdminListenerMetadata())
            .WithSummary("What calls used and cost, by key, project, model or day.");

    private static async Task<IResult> Get(
        HttpContext http, IMediator mediator, CancellationToken aborted, [FromQuery(Name = "group_by")] string? groupBy = null,
        string? from = null, string? to = null, [FromQuery(Name = "key_id")] string? keyId = null,
        [FromQuery(Name = "project_id")] string? projectId = null, string? model = null, string? format = null)
    {
        var query = new GetUsage(groupBy, from, to) { KeyId = keyId, ProjectId = projectId, Model = model, Format = format };
        var usage = await mediator.Send(query, aborted);

        http.Response.Headers.Vary = "Accept";
        return (format ?? Preferred(http.Request)) == "csv"
            ? TypedResults.Stream(body => WriteAsync(usage, body, aborted), UsageCsv.ContentType, "usage.csv")
            : TypedResults.Ok(usage);
    }

    /// <summary>The one of both that <c>Accept</c> names first, by its weights; JSON where it names neither.</summary>
    private static string? Preferred(HttpRequest request) => request.GetTypedHeaders().Accept
        .Where(type => type.Quality is null or > 0)
        .OrderByDescending(type => type.Quality ?? 1)
        .Select(type => type.MediaType.Equals("text/csv", StringComparison.OrdinalIgnoreCase) ? "csv"
            : type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase) ? "json" : null)
        .FirstOrDefault(name => name is not null);

    private static async Task WriteAsync(UsageSummary usage, Stream body, CancellationToken aborted)
    {
        await using var text = new StreamWriter(body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), BufferedCharacters, leaveOpen: true);
        foreach (var line in UsageCsv.Lines(usage))
            await text.WriteAsync(line.AsMemory(), aborted);
    }
}
