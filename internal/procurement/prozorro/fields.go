package prozorro

// The fields of each object, by the name they have in JSON. A name without a
// case is skipped. These functions follow types.go line by line; a test holds
// that they agree with encoding/json on well-formed documents.

func readValue(p *parser, v *Value, name string) {
	switch name {
	case "amount":
		p.number(&v.Amount)
	case "amountNet":
		p.number(&v.AmountNet)
	case "currency":
		p.string(&v.Currency)
	case "valueAddedTaxIncluded":
		p.bool(&v.ValueAddedTaxIncluded)
	default:
		p.skip()
	}
}

func readPeriod(p *parser, v *Period, name string) {
	switch name {
	case "startDate":
		p.time(&v.StartDate)
	case "endDate":
		p.time(&v.EndDate)
	default:
		p.skip()
	}
}

func readIdentifier(p *parser, v *Identifier, name string) {
	switch name {
	case "scheme":
		p.string(&v.Scheme)
	case "id":
		p.string(&v.ID)
	case "legalName":
		p.string(&v.LegalName)
	default:
		p.skip()
	}
}

func readAddress(p *parser, v *Address, name string) {
	switch name {
	case "countryName":
		p.string(&v.CountryName)
	case "region":
		p.string(&v.Region)
	case "locality":
		p.string(&v.Locality)
	case "postalCode":
		p.string(&v.PostalCode)
	case "streetAddress":
		p.string(&v.StreetAddress)
	default:
		p.skip()
	}
}

func readParty(p *parser, v *Party, name string) {
	switch name {
	case "name":
		p.string(&v.Name)
	case "identifier":
		sub(p, &v.Identifier, readIdentifier)
	case "kind":
		p.string(&v.Kind)
	case "scale":
		p.string(&v.Scale)
	case "address":
		sub(p, &v.Address, readAddress)
	default:
		p.skip()
	}
}

func readClassification(p *parser, v *Classification, name string) {
	switch name {
	case "scheme":
		p.string(&v.Scheme)
	case "id":
		p.string(&v.ID)
	case "description":
		p.string(&v.Description)
	default:
		p.skip()
	}
}

func readUnit(p *parser, v *Unit, name string) {
	switch name {
	case "code":
		p.string(&v.Code)
	case "name":
		p.string(&v.Name)
	case "value":
		sub(p, &v.Value, readValue)
	default:
		p.skip()
	}
}

func readItem(p *parser, v *Item, name string) {
	switch name {
	case "id":
		p.string(&v.ID)
	case "description":
		p.string(&v.Description)
	case "status":
		p.string(&v.Status)
	case "relatedLot":
		p.string(&v.RelatedLot)
	case "classification":
		sub(p, &v.Classification, readClassification)
	case "additionalClassifications":
		list(p, &v.AdditionalClassifications, readClassification)
	case "quantity":
		p.number(&v.Quantity)
	case "unit":
		sub(p, &v.Unit, readUnit)
	case "deliveryDate":
		sub(p, &v.DeliveryDate, readPeriod)
	case "deliveryAddress":
		sub(p, &v.DeliveryAddress, readAddress)
	default:
		p.skip()
	}
}

func readLot(p *parser, v *Lot, name string) {
	switch name {
	case "id":
		p.string(&v.ID)
	case "title":
		p.string(&v.Title)
	case "description":
		p.string(&v.Description)
	case "status":
		p.string(&v.Status)
	case "date":
		p.time(&v.Date)
	case "value":
		sub(p, &v.Value, readValue)
	case "guarantee":
		sub(p, &v.Guarantee, readValue)
	case "auctionPeriod":
		sub(p, &v.AuctionPeriod, readPeriod)
	default:
		p.skip()
	}
}

func readDocument(p *parser, v *Document, name string) {
	switch name {
	case "id":
		p.string(&v.ID)
	case "title":
		p.string(&v.Title)
	case "description":
		p.string(&v.Description)
	case "format":
		p.string(&v.Format)
	case "url":
		p.string(&v.URL)
	case "documentType":
		p.string(&v.DocumentType)
	case "documentOf":
		p.string(&v.DocumentOf)
	case "relatedItem":
		p.string(&v.RelatedItem)
	case "author":
		p.string(&v.Author)
	case "language":
		p.string(&v.Language)
	case "datePublished":
		p.time(&v.DatePublished)
	case "dateModified":
		p.time(&v.DateModified)
	default:
		p.skip()
	}
}

func readMilestone(p *parser, v *Milestone, name string) {
	switch name {
	case "id":
		p.string(&v.ID)
	case "code":
		p.string(&v.Code)
	case "title":
		p.string(&v.Title)
	case "type":
		p.string(&v.Type)
	case "status":
		p.string(&v.Status)
	case "description":
		p.string(&v.Description)
	case "relatedLot":
		p.string(&v.RelatedLot)
	case "date":
		p.time(&v.Date)
	case "dueDate":
		p.time(&v.DueDate)
	case "dateMet":
		p.time(&v.DateMet)
	case "sequenceNumber":
		p.number(&v.SequenceNumber)
	case "percentage":
		p.number(&v.Percentage)
	case "duration":
		sub(p, &v.Duration, readDuration)
	case "period":
		sub(p, &v.Period, readPeriod)
	case "value":
		sub(p, &v.Value, readValue)
	case "amountPaid":
		sub(p, &v.AmountPaid, readValue)
	default:
		p.skip()
	}
}

func readDuration(p *parser, v *Duration, name string) {
	switch name {
	case "days":
		p.number(&v.Days)
	case "type":
		p.string(&v.Type)
	default:
		p.skip()
	}
}

func readLotValue(p *parser, v *LotValue, name string) {
	switch name {
	case "relatedLot":
		p.string(&v.RelatedLot)
	case "status":
		p.string(&v.Status)
	case "date":
		p.time(&v.Date)
	case "value":
		sub(p, &v.Value, readValue)
	default:
		p.skip()
	}
}

func readBid(p *parser, v *Bid, name string) {
	switch name {
	case "id":
		p.string(&v.ID)
	case "status":
		p.string(&v.Status)
	case "date":
		p.time(&v.Date)
	case "tenderers":
		list(p, &v.Tenderers, readParty)
	case "value":
		sub(p, &v.Value, readValue)
	case "lotValues":
		list(p, &v.LotValues, readLotValue)
	case "documents":
		list(p, &v.Documents, readDocument)
	case "financialDocuments":
		list(p, &v.FinancialDocuments, readDocument)
	case "eligibilityDocuments":
		list(p, &v.EligibilityDocuments, readDocument)
	case "qualificationDocuments":
		list(p, &v.QualificationDocuments, readDocument)
	default:
		p.skip()
	}
}

func readComplaint(p *parser, v *Complaint, name string) {
	switch name {
	case "id":
		p.string(&v.ID)
	case "complaintID":
		p.string(&v.ComplaintID)
	case "type":
		p.string(&v.Type)
	case "status":
		p.string(&v.Status)
	case "title":
		p.string(&v.Title)
	case "relatedLot":
		p.string(&v.RelatedLot)
	case "resolution":
		p.string(&v.Resolution)
	case "resolutionType":
		p.string(&v.ResolutionType)
	case "date":
		p.time(&v.Date)
	case "dateSubmitted":
		p.time(&v.DateSubmitted)
	case "dateAccepted":
		p.time(&v.DateAccepted)
	case "dateAnswered":
		p.time(&v.DateAnswered)
	case "dateDecision":
		p.time(&v.DateDecision)
	default:
		p.skip()
	}
}

func readAward(p *parser, v *Award, name string) {
	switch name {
	case "id":
		p.string(&v.ID)
	case "status":
		p.string(&v.Status)
	case "title":
		p.string(&v.Title)
	case "description":
		p.string(&v.Description)
	case "lotID":
		p.string(&v.LotID)
	case "bid_id":
		p.string(&v.BidID)
	case "date":
		p.time(&v.Date)
	case "qualified":
		p.bool(&v.Qualified)
	case "eligible":
		p.bool(&v.Eligible)
	case "value":
		sub(p, &v.Value, readValue)
	case "suppliers":
		list(p, &v.Suppliers, readParty)
	case "complaintPeriod":
		sub(p, &v.ComplaintPeriod, readPeriod)
	case "complaints":
		list(p, &v.Complaints, readComplaint)
	case "milestones":
		list(p, &v.Milestones, readMilestone)
	case "documents":
		list(p, &v.Documents, readDocument)
	default:
		p.skip()
	}
}

func readQualification(p *parser, v *Qualification, name string) {
	switch name {
	case "id":
		p.string(&v.ID)
	case "status":
		p.string(&v.Status)
	case "title":
		p.string(&v.Title)
	case "description":
		p.string(&v.Description)
	case "lotID":
		p.string(&v.LotID)
	case "bidID":
		p.string(&v.BidID)
	case "date":
		p.time(&v.Date)
	case "qualified":
		p.bool(&v.Qualified)
	case "eligible":
		p.bool(&v.Eligible)
	case "complaintPeriod":
		sub(p, &v.ComplaintPeriod, readPeriod)
	case "complaints":
		list(p, &v.Complaints, readComplaint)
	case "milestones":
		list(p, &v.Milestones, readMilestone)
	case "documents":
		list(p, &v.Documents, readDocument)
	default:
		p.skip()
	}
}

func readCancellation(p *parser, v *Cancellation, name string) {
	switch name {
	case "id":
		p.string(&v.ID)
	case "status":
		p.string(&v.Status)
	case "reason":
		p.string(&v.Reason)
	case "reasonType":
		p.string(&v.ReasonType)
	case "cancellationOf":
		p.string(&v.CancellationOf)
	case "relatedLot":
		p.string(&v.RelatedLot)
	case "date":
		p.time(&v.Date)
	case "complaints":
		list(p, &v.Complaints, readComplaint)
	case "documents":
		list(p, &v.Documents, readDocument)
	default:
		p.skip()
	}
}

func readCauseDetails(p *parser, v *CauseDetails, name string) {
	switch name {
	case "scheme":
		p.string(&v.Scheme)
	case "code":
		p.string(&v.Code)
	case "title":
		p.string(&v.Title)
	case "description":
		p.string(&v.Description)
	default:
		p.skip()
	}
}

func readRef(p *parser, v *Ref, name string) {
	switch name {
	case "id":
		p.string(&v.ID)
	default:
		p.skip()
	}
}

func readTender(p *parser, v *Tender, name string) {
	switch name {
	case "id":
		p.string(&v.ID)
	case "tenderID":
		p.string(&v.TenderID)
	case "mode":
		p.string(&v.Mode)
	case "status":
		p.string(&v.Status)
	case "title":
		p.string(&v.Title)
	case "description":
		p.string(&v.Description)
	case "procurementMethod":
		p.string(&v.ProcurementMethod)
	case "procurementMethodType":
		p.string(&v.ProcurementMethodType)
	case "procurementMethodRationale":
		p.string(&v.ProcurementMethodRationale)
	case "mainProcurementCategory":
		p.string(&v.MainProcurementCategory)
	case "awardCriteria":
		p.string(&v.AwardCriteria)
	case "fundingKind":
		p.string(&v.FundingKind)
	case "cause":
		p.string(&v.Cause)
	case "causeDescription":
		p.string(&v.CauseDescription)
	case "causeDetails":
		sub(p, &v.CauseDetails, readCauseDetails)
	case "date":
		p.time(&v.Date)
	case "dateModified":
		p.time(&v.DateModified)
	case "dateCreated":
		p.time(&v.DateCreated)
	case "noticePublicationDate":
		p.time(&v.NoticePublicationDate)
	case "value":
		sub(p, &v.Value, readValue)
	case "minimalStep":
		sub(p, &v.MinimalStep, readValue)
	case "guarantee":
		sub(p, &v.Guarantee, readValue)
	case "numberOfBids":
		p.number(&v.NumberOfBids)
	case "enquiryPeriod":
		sub(p, &v.EnquiryPeriod, readPeriod)
	case "tenderPeriod":
		sub(p, &v.TenderPeriod, readPeriod)
	case "qualificationPeriod":
		sub(p, &v.QualificationPeriod, readPeriod)
	case "auctionPeriod":
		sub(p, &v.AuctionPeriod, readPeriod)
	case "awardPeriod":
		sub(p, &v.AwardPeriod, readPeriod)
	case "complaintPeriod":
		sub(p, &v.ComplaintPeriod, readPeriod)
	case "contractPeriod":
		sub(p, &v.ContractPeriod, readPeriod)
	case "procuringEntity":
		sub(p, &v.ProcuringEntity, readParty)
	case "buyers":
		list(p, &v.Buyers, readParty)
	case "items":
		list(p, &v.Items, readItem)
	case "lots":
		list(p, &v.Lots, readLot)
	case "bids":
		list(p, &v.Bids, readBid)
	case "awards":
		list(p, &v.Awards, readAward)
	case "qualifications":
		list(p, &v.Qualifications, readQualification)
	case "complaints":
		list(p, &v.Complaints, readComplaint)
	case "cancellations":
		list(p, &v.Cancellations, readCancellation)
	case "contracts":
		list(p, &v.Contracts, readContract)
	case "documents":
		list(p, &v.Documents, readDocument)
	case "milestones":
		list(p, &v.Milestones, readMilestone)
	case "plans":
		list(p, &v.Plans, readRef)
	default:
		p.skip()
	}
}

func readChange(p *parser, v *Change, name string) {
	switch name {
	case "id":
		p.string(&v.ID)
	case "status":
		p.string(&v.Status)
	case "contractNumber":
		p.string(&v.ContractNumber)
	case "rationale":
		p.string(&v.Rationale)
	case "rationaleTypes":
		p.strings(&v.RationaleTypes)
	case "date":
		p.time(&v.Date)
	case "dateSigned":
		p.time(&v.DateSigned)
	case "documents":
		list(p, &v.Documents, readDocument)
	default:
		p.skip()
	}
}

func readSignatory(p *parser, v *Signatory, name string) {
	switch name {
	case "role":
		p.string(&v.Role)
	case "date":
		p.time(&v.Date)
	default:
		p.skip()
	}
}

func readContract(p *parser, v *Contract, name string) {
	switch name {
	case "id":
		p.string(&v.ID)
	case "contractID":
		p.string(&v.ContractID)
	case "contractNumber":
		p.string(&v.ContractNumber)
	case "awardID":
		p.string(&v.AwardID)
	case "bidID":
		p.string(&v.BidID)
	case "tender_id":
		p.string(&v.TenderID)
	case "mode":
		p.string(&v.Mode)
	case "status":
		p.string(&v.Status)
	case "title":
		p.string(&v.Title)
	case "description":
		p.string(&v.Description)
	case "contractTemplateName":
		p.string(&v.ContractTemplateName)
	case "terminationDetails":
		p.string(&v.TerminationDetails)
	case "date":
		p.time(&v.Date)
	case "dateSigned":
		p.time(&v.DateSigned)
	case "dateModified":
		p.time(&v.DateModified)
	case "dateCreated":
		p.time(&v.DateCreated)
	case "period":
		sub(p, &v.Period, readPeriod)
	case "value":
		sub(p, &v.Value, readValue)
	case "amountPaid":
		sub(p, &v.AmountPaid, readValue)
	case "buyer":
		sub(p, &v.Buyer, readParty)
	case "procuringEntity":
		sub(p, &v.ProcuringEntity, readParty)
	case "suppliers":
		list(p, &v.Suppliers, readParty)
	case "items":
		list(p, &v.Items, readItem)
	case "changes":
		list(p, &v.Changes, readChange)
	case "documents":
		list(p, &v.Documents, readDocument)
	case "milestones":
		list(p, &v.Milestones, readMilestone)
	case "cancellations":
		list(p, &v.Cancellations, readCancellation)
	case "signatories":
		list(p, &v.Signatories, readSignatory)
	case "contractChangeRationaleTypes":
		p.rationaleTypes(&v.ContractChangeRationaleTypes)
	default:
		p.skip()
	}
}

func readBreakdown(p *parser, v *Breakdown, name string) {
	switch name {
	case "id":
		p.string(&v.ID)
	case "title":
		p.string(&v.Title)
	case "description":
		p.string(&v.Description)
	case "value":
		sub(p, &v.Value, readValue)
	default:
		p.skip()
	}
}

func readProject(p *parser, v *Project, name string) {
	switch name {
	case "id":
		p.string(&v.ID)
	case "name":
		p.string(&v.Name)
	default:
		p.skip()
	}
}

func readBudget(p *parser, v *Budget, name string) {
	switch name {
	case "id":
		p.string(&v.ID)
	case "description":
		p.string(&v.Description)
	case "notes":
		p.string(&v.Notes)
	case "amount":
		p.number(&v.Amount)
	case "amountNet":
		p.number(&v.AmountNet)
	case "currency":
		p.string(&v.Currency)
	case "period":
		sub(p, &v.Period, readPeriod)
	case "project":
		sub(p, &v.Project, readProject)
	case "breakdown":
		list(p, &v.Breakdown, readBreakdown)
	default:
		p.skip()
	}
}

func readPlanTender(p *parser, v *PlanTender, name string) {
	switch name {
	case "procurementMethod":
		p.string(&v.ProcurementMethod)
	case "procurementMethodType":
		p.string(&v.ProcurementMethodType)
	case "tenderPeriod":
		sub(p, &v.TenderPeriod, readPeriod)
	default:
		p.skip()
	}
}

func readRationale(p *parser, v *Rationale, name string) {
	switch name {
	case "description":
		p.string(&v.Description)
	case "date":
		p.time(&v.Date)
	default:
		p.skip()
	}
}

func readPlan(p *parser, v *Plan, name string) {
	switch name {
	case "id":
		p.string(&v.ID)
	case "planID":
		p.string(&v.PlanID)
	case "tender_id":
		p.string(&v.TenderID)
	case "mode":
		p.string(&v.Mode)
	case "status":
		p.string(&v.Status)
	case "dateModified":
		p.time(&v.DateModified)
	case "dateCreated":
		p.time(&v.DateCreated)
	case "datePublished":
		p.time(&v.DatePublished)
	case "procuringEntity":
		sub(p, &v.ProcuringEntity, readParty)
	case "buyers":
		list(p, &v.Buyers, readParty)
	case "classification":
		sub(p, &v.Classification, readClassification)
	case "additionalClassifications":
		list(p, &v.AdditionalClassifications, readClassification)
	case "budget":
		sub(p, &v.Budget, readBudget)
	case "tender":
		sub(p, &v.Tender, readPlanTender)
	case "rationale":
		sub(p, &v.Rationale, readRationale)
	case "items":
		list(p, &v.Items, readItem)
	case "documents":
		list(p, &v.Documents, readDocument)
	case "milestones":
		list(p, &v.Milestones, readMilestone)
	default:
		p.skip()
	}
}

func readDecision(p *parser, v *Decision, name string) {
	switch name {
	case "date":
		p.time(&v.Date)
	case "datePublished":
		p.time(&v.DatePublished)
	case "description":
		p.string(&v.Description)
	case "documents":
		list(p, &v.Documents, readDocument)
	default:
		p.skip()
	}
}

func readConclusion(p *parser, v *Conclusion, name string) {
	switch name {
	case "date":
		p.time(&v.Date)
	case "datePublished":
		p.time(&v.DatePublished)
	case "description":
		p.string(&v.Description)
	case "auditFinding":
		p.string(&v.AuditFinding)
	case "stringsAttached":
		p.string(&v.StringsAttached)
	case "violationOccurred":
		p.maybe(&v.ViolationOccurred)
	case "violationType":
		p.strings(&v.ViolationType)
	case "documents":
		list(p, &v.Documents, readDocument)
	default:
		p.skip()
	}
}

func readEliminationResolution(p *parser, v *EliminationResolution, name string) {
	switch name {
	case "date":
		p.time(&v.Date)
	case "datePublished":
		p.time(&v.DatePublished)
	case "result":
		p.string(&v.Result)
	case "description":
		p.string(&v.Description)
	default:
		p.skip()
	}
}

func readMonitoring(p *parser, v *Monitoring, name string) {
	switch name {
	case "id":
		p.string(&v.ID)
	case "monitoring_id":
		p.string(&v.MonitoringID)
	case "tender_id":
		p.string(&v.TenderID)
	case "mode":
		p.string(&v.Mode)
	case "status":
		p.string(&v.Status)
	case "reasons":
		p.strings(&v.Reasons)
	case "procuringStages":
		p.strings(&v.ProcuringStages)
	case "dateModified":
		p.time(&v.DateModified)
	case "dateCreated":
		p.time(&v.DateCreated)
	case "endDate":
		p.time(&v.EndDate)
	case "monitoringPeriod":
		sub(p, &v.MonitoringPeriod, readPeriod)
	case "eliminationPeriod":
		sub(p, &v.EliminationPeriod, readPeriod)
	case "decision":
		sub(p, &v.Decision, readDecision)
	case "conclusion":
		sub(p, &v.Conclusion, readConclusion)
	case "eliminationResolution":
		sub(p, &v.EliminationResolution, readEliminationResolution)
	case "documents":
		list(p, &v.Documents, readDocument)
	default:
		p.skip()
	}
}
