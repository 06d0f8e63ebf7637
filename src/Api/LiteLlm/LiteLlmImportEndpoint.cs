using CleanGateway.Api.Auth;
using CleanGateway.Api.Common;
using CleanGateway.Application.LiteLlm;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.Domain.Common;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanGateway.Api.LiteLlm;

internal static class LiteLlmImportEndpoint
{
    public static void MapLiteLlmImport(this IEndpointRouteBuilder routes) =>
        routes.MapAdmin("import", "Import").MapPost("litellm", Import).NeedsRole(AdminRole.Owner)
            .WithSummary("Takes a LiteLLM proxy's config.yaml, the body (application/yaml), over into providers, models and aliases.");

    // Not declared as a body of YAML: routing would then answer other types itself, before anybody is asked who they are.
    // What os.environ/NAME stands for is not looked up here: the gateway's environment is nothing to ask through the API.
    private static async Task<Ok<LiteLlmImport>> Import(HttpContext http, IMediator mediator)
    {
        var (file, error) = await RequestBody.ReadYamlAsync(http.Request, ImportLiteLlm.MaxFileBytes);
        return error is null
            ? TypedResults.Ok(await mediator.Send(new ImportLiteLlm(file, Flag("dry_run"), Flag("update")), http.RequestAborted))
            : throw new GatewayException(error);

        bool Flag(string name) => QueryValues.Flag(name, http.Request.Query[name] is [{ } given] ? given : null);
    }
}
