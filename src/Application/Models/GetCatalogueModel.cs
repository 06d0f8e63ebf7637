using CleanGateway.Application.Common;

namespace CleanGateway.Application.Models;

/// <summary>One row of the table of models; <c>model_not_found</c> if there is none of that id.</summary>
public sealed record GetCatalogueModel(Guid Id) : IQuery<CatalogueItem>;
